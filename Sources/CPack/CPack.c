// Made by scripts/generate.sh: run it after adding or removing a file of Packs/tera.
#include "CPack.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file0[] = {
#embed "../../Packs/tera/builds/366226/build.pack"
};
static const unsigned char file1[] = {
#embed "../../Packs/tera/builds/366226/opcodes.txt"
};
static const unsigned char file2[] = {
#embed "../../Packs/tera/builds/367078/build.pack"
};
static const unsigned char file3[] = {
#embed "../../Packs/tera/builds/367078/opcodes.txt"
};
static const unsigned char file4[] = {
#embed "../../Packs/tera/builds/367080/build.pack"
};
static const unsigned char file5[] = {
#embed "../../Packs/tera/builds/367080/opcodes.txt"
};
static const unsigned char file6[] = {
#embed "../../Packs/tera/builds/367081/build.pack"
};
static const unsigned char file7[] = {
#embed "../../Packs/tera/builds/367081/opcodes.txt"
};
static const unsigned char file8[] = {
#embed "../../Packs/tera/builds/376012/build.pack"
};
static const unsigned char file9[] = {
#embed "../../Packs/tera/builds/376012/opcodes.txt"
};
static const unsigned char file10[] = {
#embed "../../Packs/tera/layouts/admin.layout"
};
static const unsigned char file11[] = {
#embed "../../Packs/tera/layouts/combat.layout"
};
static const unsigned char file12[] = {
#embed "../../Packs/tera/layouts/items.layout"
};
static const unsigned char file13[] = {
#embed "../../Packs/tera/layouts/movement.layout"
};
static const unsigned char file14[] = {
#embed "../../Packs/tera/layouts/quests.layout"
};
static const unsigned char file15[] = {
#embed "../../Packs/tera/layouts/server.layout"
};
static const unsigned char file16[] = {
#embed "../../Packs/tera/layouts/session.layout"
};
static const unsigned char file17[] = {
#embed "../../Packs/tera/layouts/social.layout"
};
static const unsigned char file18[] = {
#embed "../../Packs/tera/layouts/trade.layout"
};

static const struct mystel_pack_file mystel_pack_files[] = {
    {"builds/366226/build.pack", file0, sizeof file0},
    {"builds/366226/opcodes.txt", file1, sizeof file1},
    {"builds/367078/build.pack", file2, sizeof file2},
    {"builds/367078/opcodes.txt", file3, sizeof file3},
    {"builds/367080/build.pack", file4, sizeof file4},
    {"builds/367080/opcodes.txt", file5, sizeof file5},
    {"builds/367081/build.pack", file6, sizeof file6},
    {"builds/367081/opcodes.txt", file7, sizeof file7},
    {"builds/376012/build.pack", file8, sizeof file8},
    {"builds/376012/opcodes.txt", file9, sizeof file9},
    {"layouts/admin.layout", file10, sizeof file10},
    {"layouts/combat.layout", file11, sizeof file11},
    {"layouts/items.layout", file12, sizeof file12},
    {"layouts/movement.layout", file13, sizeof file13},
    {"layouts/quests.layout", file14, sizeof file14},
    {"layouts/server.layout", file15, sizeof file15},
    {"layouts/session.layout", file16, sizeof file16},
    {"layouts/social.layout", file17, sizeof file17},
    {"layouts/trade.layout", file18, sizeof file18},
};
const size_t mystel_pack_file_count = 19;

const struct mystel_pack_file *mystel_pack_first(void) { return mystel_pack_files; }
