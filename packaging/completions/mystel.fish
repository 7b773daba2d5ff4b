function __mystel_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __mystel_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __mystel_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __mystel_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __mystel_parse_tokens -S
    set -l unparsed_tokens (__mystel_tokens -pc)
    switch $unparsed_tokens[1]
    case 'mystel'
        __mystel_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'run'
            __mystel_parse_subcommand 0 'c/config=' 'version' 'h/help'
        case 'check'
            __mystel_parse_subcommand 0 'c/config=' 'version' 'h/help'
        case 'status'
            __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'version' 'h/help'
        case 'sessions'
            __mystel_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'of=' 'listener=' 'limit=' 'version' 'h/help'
            case 'show'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'version' 'h/help'
            case 'kick'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'version' 'h/help'
            end
        case 'bans'
            __mystel_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'limit=' 'version' 'h/help'
            case 'add'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'for=' 'permanent' 'allow-wide' 'reason=' 'version' 'h/help'
            case 'remove'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'version' 'h/help'
            case 'check'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'version' 'h/help'
            case 'import'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'format=' 'name=' 'for=' 'allow-wide' 'version' 'h/help'
            case 'export'
                __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'format=' 'version' 'h/help'
            end
        case 'allow'
            __mystel_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'version' 'h/help'
            case 'add'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'note=' 'version' 'h/help'
            case 'remove'
                __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'version' 'h/help'
            end
        case 'explain'
            __mystel_parse_subcommand 1 'socket=' 'c/config=' 'json' 'version' 'h/help'
        case 'reload'
            __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'version' 'h/help'
        case 'demo'
            __mystel_parse_subcommand 0 'seconds=' 'players=' 'seed=' 'version' 'h/help'
        case 'bench'
            __mystel_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'relay'
                __mystel_parse_subcommand 0 'sessions=' 'request-bytes=' 'reply-bytes=' 'rate=' 'seconds=' 'warm-up=' 'runs=' 'relays=+' 'json' 'gate' 'version' 'h/help'
            case 'cipher'
                __mystel_parse_subcommand 0 'sessions=' 'chunk-bytes=' 'chunks=' 'runs=' 'json' 'gate' 'version' 'h/help'
            case 'handshake'
                __mystel_parse_subcommand 0 'sessions=' 'runs=' 'json' 'gate' 'version' 'h/help'
            case 'memory'
                __mystel_parse_subcommand 0 'sessions=' 'rounds=' 'request-bytes=' 'reply-bytes=' 'json' 'gate' 'version' 'h/help'
            case 'inspect'
                __mystel_parse_subcommand -r 1 'runs=' 'gate' 'version' 'h/help'
            end
        case 'replay'
            __mystel_parse_subcommand -r 1 'q/quiet' 'explain' 'shadow' 'c/config=' 'profile=' 'directory=' 'version' 'h/help'
        case 'inspect'
            __mystel_parse_subcommand -r 1 'only=' 'from=' 'client=' 'build=' 'key-schedule=' 'packs=' 'json' 'hex' 'secrets' 'version' 'h/help'
        case 'rules'
            __mystel_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __mystel_parse_subcommand 0 'c/config=' 'profile=' 'directory=' 'version' 'h/help'
            case 'show'
                __mystel_parse_subcommand 1 'c/config=' 'profile=' 'directory=' 'version' 'h/help'
            case 'test'
                __mystel_parse_subcommand 1 'c/config=' 'profile=' 'directory=' 'rule=' 'version' 'h/help'
            case 'counts'
                __mystel_parse_subcommand 0 'socket=' 'c/config=' 'json' 'all' 'version' 'h/help'
            end
        case 'packs'
            __mystel_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'list'
                __mystel_parse_subcommand 0 'directory=' 'version' 'h/help'
            case 'show'
                __mystel_parse_subcommand 1 'directory=' 'version' 'h/help'
            case 'verify'
                __mystel_parse_subcommand 0 'directory=' 'version' 'h/help'
            case 'import'
                __mystel_parse_subcommand 0 'map=' 'definitions=' 'data-json=' 'build=' 'patch=' 'o/output=' 'version' 'h/help'
            end
        case 'schema'
            __mystel_parse_subcommand 0 'reference' 'version' 'h/help'
        case 'version'
            __mystel_parse_subcommand 0 'version' 'h/help'
        case 'help'
            __mystel_parse_subcommand -r 1 'version'
        end
    end
end

function __mystel_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __mystel_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __mystel_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __mystel_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__mystel_tokens -p)
    if test -z "$(__mystel_tokens -t)"
        set -l index (count (__mystel_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'mystel' -f
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'run' -d 'Run the gateway.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'check' -d 'Check a configuration, packs and rules; print it with every default written out.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'status' -d 'Show how the running gateway does.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'sessions' -d 'List, show and end the sessions of the running gateway.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'bans' -d 'List, make, lift, import, export and check bans.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'allow' -d 'List and change the networks that wider bans do not meet.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'explain' -d 'Show the evidence behind a ban, a close or a finding.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'reload' -d 'Have the running gateway read its configuration again.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'demo' -d 'Show the gateway at work between a simulated world and simulated players.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'bench' -d 'Measure this machine: relays, cipher, handshake, memory.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'replay' -d 'Play a recorded session through the gateway and print every verdict.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'inspect' -d 'Print the packets of recorded or captured sessions by name, with their fields.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'rules' -d 'List, explain and try the rules that packets are held to.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'packs' -d 'List, show, verify and import what is known of client builds.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'schema' -d 'Print the JSON Schema of the configuration file, for editors.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'version' -d 'Print the version, and the builds and the hash of the packs.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel run" c config' -s 'c' -l 'config' -d 'The configuration file; also MYSTEL_CONFIG. Environment variables override it.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel run" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel check" c config' -s 'c' -l 'config' -d 'The configuration file; also MYSTEL_CONFIG. Environment variables override it.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel check" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel status" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel status" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel status" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel status" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel sessions" -eq 1' -fa 'list' -d 'Print live sessions.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel sessions" -eq 1' -fa 'show' -d 'Print one session, and what its packets were found to break.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel sessions" -eq 1' -fa 'kick' -d 'End one session, or all of an address, a network or an account.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" of' -l 'of' -d 'Only those of an address, a network or account:ID.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" listener' -l 'listener' -d 'Only those of a listener.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" limit' -l 'limit' -d 'The most to print.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions show" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions show" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions show" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions show" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions show" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions kick" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions kick" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions kick" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions kick" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel sessions kick" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bans" -eq 1' -fa 'list' -d 'Print the bans in force.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bans" -eq 1' -fa 'add' -d 'Ban an address, a network or an account.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bans" -eq 1' -fa 'remove' -d 'Lift a ban, and forget the score that led to it.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bans" -eq 1' -fa 'check' -d 'Say whether an address or account may play: by which ban, why, until when.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bans" -eq 1' -fa 'import' -d 'Ban everybody on a list, or nobody where the list is faulty.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bans" -eq 1' -fa 'export' -d 'Print the bans in force in another program\'s format.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans list" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans list" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans list" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans list" limit' -l 'limit' -d 'The most to print.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans list" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" for' -l 'for' -d 'How long: 30m, 12h, 7d. Else reputation.manual_ban_time.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" permanent' -l 'permanent' -d 'Until it is lifted.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" allow-wide' -l 'allow-wide' -d 'Ban a network wider than /8 (IPv4) or /16 (IPv6); /0 never is.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" reason' -l 'reason' -d 'Why, for those who ask later.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans remove" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans remove" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans remove" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans remove" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans remove" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans check" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans check" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans check" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans check" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" format' -l 'format' -d 'plain, crowdsec or fail2ban.' -rfka 'plain crowdsec fail2ban'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" name' -l 'name' -d 'What the list is called; the file\'s name otherwise.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" for' -l 'for' -d 'How long, for entries without an end: 12h, 7d.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" allow-wide' -l 'allow-wide' -d 'Take networks wider than /8 (IPv4) or /16 (IPv6); /0 never is.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans export" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans export" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans export" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans export" format' -l 'format' -d 'plain, crowdsec or fail2ban.' -rfka 'plain crowdsec fail2ban'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans export" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bans export" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel allow" -eq 1' -fa 'list' -d 'Print the allow-list.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel allow" -eq 1' -fa 'add' -d 'Add an address or a network.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel allow" -eq 1' -fa 'remove' -d 'Remove an address or a network.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow list" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow list" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow list" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow list" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow add" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow add" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow add" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow add" note' -l 'note' -d 'Why, for those who ask later.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow add" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow add" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow remove" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow remove" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow remove" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow remove" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel allow remove" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel explain" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel explain" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel explain" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel explain" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel explain" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel reload" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel reload" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel reload" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel reload" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel reload" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel demo" seconds' -l 'seconds' -d 'How long to play, in seconds (1 to 3600).' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel demo" players' -l 'players' -d 'How many honest players (1 to 500).' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel demo" seed' -l 'seed' -d 'Repeats the players of an earlier run; its summary names its seed.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel demo" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel demo" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bench" -eq 1' -fa 'relay' -d 'Compare Mystel with HAProxy (TCP mode) and nginx (stream): time, latency, memory.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bench" -eq 1' -fa 'cipher' -d 'Compare the keystream with a plain implementation of the same algorithm.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bench" -eq 1' -fa 'handshake' -d 'Compare the key schedule with the naive one: hash compressions and time.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bench" -eq 1' -fa 'memory' -d 'Measure resident memory per session: in game, and idle before its keys.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel bench" -eq 1' -fa 'inspect' -d 'Measure what judging packets costs, with every rule on.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" sessions' -l 'sessions' -d 'Concurrent sessions.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" request-bytes' -l 'request-bytes' -d 'Bytes of a request, header included.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" reply-bytes' -l 'reply-bytes' -d 'Bytes of a reply, header included.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" rate' -l 'rate' -d 'Requests a second and session; 0: the next one follows the answer.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" seconds' -l 'seconds' -d 'Seconds measured per relay and run.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" warm-up' -l 'warm-up' -d 'Seconds before the measurement, per relay and run.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" runs' -l 'runs' -d 'Runs; in each, every relay has its turn.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay"' -l 'relays' -d 'Relays to measure: direct, haproxy, nginx, mystel (direct: none in between).' -rfka 'direct haproxy nginx mystel'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" json' -l 'json' -d 'Print JSON instead of a table.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" gate' -l 'gate' -d 'Exit with status 1 when a limit is exceeded.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench relay" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" sessions' -l 'sessions' -d 'Random sessions, two streams each.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" chunk-bytes' -l 'chunk-bytes' -d 'Bytes enciphered at a time, a multiple of 4.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" chunks' -l 'chunks' -d 'Pieces of each stream per run.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" runs' -l 'runs' -d 'Runs; in each, every path has its turn.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" json' -l 'json' -d 'Print JSON instead of a table.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" gate' -l 'gate' -d 'Exit with status 1 when a limit is exceeded.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench cipher" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench handshake" sessions' -l 'sessions' -d 'Random sessions per run.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench handshake" runs' -l 'runs' -d 'Runs; in each, both schedules have their turn.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench handshake" json' -l 'json' -d 'Print JSON instead of a table.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench handshake" gate' -l 'gate' -d 'Exit with status 1 when a limit is exceeded.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench handshake" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench handshake" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" sessions' -l 'sessions' -d 'Concurrent sessions.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" rounds' -l 'rounds' -d 'Requests of each session before the memory is read.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" request-bytes' -l 'request-bytes' -d 'Bytes of a request, header included.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" reply-bytes' -l 'reply-bytes' -d 'Bytes of a reply, header included.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" json' -l 'json' -d 'Print JSON instead of a table.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" gate' -l 'gate' -d 'Exit with status 1 when a limit is exceeded.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench memory" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench inspect" runs' -l 'runs' -d 'Runs; the median counts.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench inspect" gate' -l 'gate' -d 'Exit with status 1 above the limits.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench inspect" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel bench inspect" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" q quiet' -l 'quiet' -s 'q' -d 'Print only the summary of each file.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" explain' -l 'explain' -d 'Print which rule held back which packet, and why.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" shadow' -l 'shadow' -d 'With --explain: print also what rules in shadow would have done.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" c config' -s 'c' -l 'config' -d 'A configuration file, for its profile, its modes and its directories.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" profile' -l 'profile' -d 'A profile: observe, balanced or strict. The configuration\'s, or balanced.' -rfka 'observe balanced strict'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" directory' -l 'directory' -d 'A directory of rule files beside the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel replay" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" only' -l 'only' -d 'Only packets of these names, with commas between them.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" from' -l 'from' -d 'Only packets from this side: client or server.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" client' -l 'client' -d 'Only the captured session of this client: its address and port.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" build' -l 'build' -d 'The build; what the transcript or the client says without it.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" key-schedule' -l 'key-schedule' -d 'How the keys of captured sessions are mixed: current, or legacy below patch 45.' -rfka 'current legacy'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" packs' -l 'packs' -d 'A directory of imported packs.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" json' -l 'json' -d 'Print a JSON object a packet.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" hex' -l 'hex' -d 'Print the bytes too.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" secrets' -l 'secrets' -d 'Print login tickets and passwords too.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel inspect" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel rules" -eq 1' -fa 'list' -d 'Print every rule: mode, action, confidence, classes, title and source.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel rules" -eq 1' -fa 'show' -d 'Explain one rule: why it is there, what it looks at, how to change its mode.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel rules" -eq 1' -fa 'test' -d 'Try rules on the cases of a test folder.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel rules" -eq 1' -fa 'counts' -d 'Print how often each rule of the running gateway was broken.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules list" c config' -s 'c' -l 'config' -d 'A configuration file, for its profile, its modes and its directories.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules list" profile' -l 'profile' -d 'A profile: observe, balanced or strict. The configuration\'s, or balanced.' -rfka 'observe balanced strict'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules list" directory' -l 'directory' -d 'A directory of rule files beside the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules list" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules show" c config' -s 'c' -l 'config' -d 'A configuration file, for its profile, its modes and its directories.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules show" profile' -l 'profile' -d 'A profile: observe, balanced or strict. The configuration\'s, or balanced.' -rfka 'observe balanced strict'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules show" directory' -l 'directory' -d 'A directory of rule files beside the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules show" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules show" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules test" c config' -s 'c' -l 'config' -d 'A configuration file, for its profile, its modes and its directories.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules test" profile' -l 'profile' -d 'A profile: observe, balanced or strict. The configuration\'s, or balanced.' -rfka 'observe balanced strict'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules test" directory' -l 'directory' -d 'A directory of rule files beside the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules test" rule' -l 'rule' -d 'Only the rules whose id begins like this.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules test" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules test" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules counts" socket' -l 'socket' -d 'The gateway\'s control socket; also MYSTEL_CONTROL_SOCKET.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules counts" c config' -s 'c' -l 'config' -d 'A configuration file, for its control.socket; also MYSTEL_CONFIG.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules counts" json' -l 'json' -d 'Print the gateway\'s answer as JSON.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules counts" all' -l 'all' -d 'Rules that nothing broke, too.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules counts" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel rules counts" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel packs" -eq 1' -fa 'list' -d 'Print every build: its number, patch, packets, layouts, hash and source.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel packs" -eq 1' -fa 'show' -d 'Print a packet in every build, or the packets of a build.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel packs" -eq 1' -fa 'verify' -d 'Load every pack and compile every rule for it; exit status 78 with the problems.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_positional "mystel packs" -eq 1' -fa 'import' -d 'Make a pack of files that other tools use.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs list" directory' -l 'directory' -d 'A directory that `mystel packs import` has written, ahead of the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs list" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs list" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs show" directory' -l 'directory' -d 'A directory that `mystel packs import` has written, ahead of the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs show" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs show" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs verify" directory' -l 'directory' -d 'A directory that `mystel packs import` has written, ahead of the program\'s own.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs verify" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs verify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" map' -l 'map' -d 'A protocol.BUILD.map file.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" definitions' -l 'definitions' -d 'A folder of NAME.VERSION.def files.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" data-json' -l 'data-json' -d 'A data.json file.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" build' -l 'build' -d 'The build\'s number: what its clients say in C_CHECK_VERSION.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" patch' -l 'patch' -d 'Its patch: 92.04.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" o output' -s 'o' -l 'output' -d 'The directory to write; made if it is not there.' -rfka ''
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel packs import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel schema" reference' -l 'reference' -d 'Print the reference page of every key, in Markdown, instead.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel schema" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel schema" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel version" version' -l 'version' -d 'Show the version.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel version" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'mystel' -n '__mystel_should_offer_completions_for_flags_or_options "mystel help" version' -l 'version' -d 'Show the version.'
