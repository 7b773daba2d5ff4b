print("mystel")
