#!/bin/bash

__mystel_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__mystel_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__mystel_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__mystel_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_mystel() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    run|check|status|top|sessions|bans|allow|grants|explain|evidence|reload|config|capture|drain|log-level|token|audit|healthcheck|demo|bench|replay|inspect|rules|calibrate|packs|import|tunnel|schema|version|help)
        # Offer subcommand argument completions
        "_mystel_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'run check status top sessions bans allow grants explain evidence reload config capture drain log-level token audit healthcheck demo bench replay inspect rules calibrate packs import tunnel schema version help' -- "${cur}"))
        ;;
    esac
}

_mystel_run() {
    repeating_flags=()
    non_repeating_flags=(--ignore-changes --version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_check() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_status() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_top() {
    repeating_flags=()
    non_repeating_flags=(--json --once --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --interval)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--interval')
        return
        ;;
    esac
}

_mystel_sessions() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|show|kick)
        # Offer subcommand argument completions
        "_mystel_sessions_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list show kick' -- "${cur}"))
        ;;
    esac
}

_mystel_sessions_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --of --listener --limit)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--of')
        return
        ;;
    '--listener')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_mystel_sessions_show() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_sessions_kick() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_bans() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|add|remove|check|import|export)
        # Offer subcommand argument completions
        "_mystel_bans_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list add remove check import export' -- "${cur}"))
        ;;
    esac
}

_mystel_bans_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --limit)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_mystel_bans_add() {
    repeating_flags=()
    non_repeating_flags=(--json --permanent --allow-wide --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --for --reason)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--for')
        return
        ;;
    '--reason')
        return
        ;;
    esac
}

_mystel_bans_remove() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_bans_check() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_bans_import() {
    repeating_flags=()
    non_repeating_flags=(--json --allow-wide --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --format --name --for)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--format')
        __mystel_add_completions -W 'plain'$'\n''crowdsec'$'\n''fail2ban'
        return
        ;;
    '--name')
        return
        ;;
    '--for')
        return
        ;;
    esac
}

_mystel_bans_export() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --format)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--format')
        __mystel_add_completions -W 'plain'$'\n''crowdsec'$'\n''fail2ban'
        return
        ;;
    esac
}

_mystel_allow() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|add|remove)
        # Offer subcommand argument completions
        "_mystel_allow_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list add remove' -- "${cur}"))
        ;;
    esac
}

_mystel_allow_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_allow_add() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --note)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--note')
        return
        ;;
    esac
}

_mystel_allow_remove() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_grants() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|revoke)
        # Offer subcommand argument completions
        "_mystel_grants_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list revoke' -- "${cur}"))
        ;;
    esac
}

_mystel_grants_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_grants_revoke() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_explain() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_evidence() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --of --session --limit)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--of')
        return
        ;;
    '--session')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_mystel_reload() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_config() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    get|validate|apply|history|rollback)
        # Offer subcommand argument completions
        "_mystel_config_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'get validate apply history rollback' -- "${cur}"))
        ;;
    esac
}

_mystel_config_get() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_config_validate() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--set --unset)
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--set')
        return
        ;;
    '--unset')
        return
        ;;
    esac
}

_mystel_config_apply() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--set --unset)
    non_repeating_options=(--socket -c --config --note --if-match)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--set')
        return
        ;;
    '--unset')
        return
        ;;
    '--note')
        return
        ;;
    '--if-match')
        return
        ;;
    esac
}

_mystel_config_history() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --limit)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_mystel_config_rollback() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --if-match)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--if-match')
        return
        ;;
    esac
}

_mystel_capture() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    start|list|save|stop|remove)
        # Offer subcommand argument completions
        "_mystel_capture_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'start list save stop remove' -- "${cur}"))
        ;;
    esac
}

_mystel_capture_start() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --for --bytes)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--for')
        return
        ;;
    '--bytes')
        return
        ;;
    esac
}

_mystel_capture_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_capture_save() {
    repeating_flags=()
    non_repeating_flags=(--json --secrets --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_capture_stop() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_capture_remove() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_drain() {
    repeating_flags=()
    non_repeating_flags=(--json --undo --stop --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --grace)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--grace')
        return
        ;;
    esac
}

_mystel_log-level() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __mystel_add_completions -W 'trace'$'\n''debug'$'\n''info'$'\n''notice'$'\n''warning'$'\n''error'
        return
        ;;
    esac
}

_mystel_token() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|revoke)
        # Offer subcommand argument completions
        "_mystel_token_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list revoke' -- "${cur}"))
        ;;
    esac
}

_mystel_token_add() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --role --for)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--role')
        __mystel_add_completions -W 'viewer'$'\n''operator'$'\n''admin'
        return
        ;;
    '--for')
        return
        ;;
    esac
}

_mystel_token_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_token_revoke() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_audit() {
    repeating_flags=()
    non_repeating_flags=(--json --verify --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --limit)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_mystel_healthcheck() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_demo() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--seconds --players --seed)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--seconds')
        return
        ;;
    '--players')
        return
        ;;
    '--seed')
        return
        ;;
    esac
}

_mystel_bench() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    relay|cipher|handshake|memory|inspect|refuse|storm|api|tunnel|steps)
        # Offer subcommand argument completions
        "_mystel_bench_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'relay cipher handshake memory inspect refuse storm api tunnel steps' -- "${cur}"))
        ;;
    esac
}

_mystel_bench_relay() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=(--relays)
    non_repeating_options=(--scenario --sessions --request-bytes --reply-bytes --rate --bursts --workers --seconds --warm-up --runs)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--scenario')
        __mystel_add_completions -W 'pingpong'$'\n''crowd'$'\n''burst'
        return
        ;;
    '--sessions')
        return
        ;;
    '--request-bytes')
        return
        ;;
    '--reply-bytes')
        return
        ;;
    '--rate')
        return
        ;;
    '--bursts')
        return
        ;;
    '--workers')
        return
        ;;
    '--seconds')
        return
        ;;
    '--warm-up')
        return
        ;;
    '--runs')
        return
        ;;
    '--relays')
        __mystel_add_completions -W 'direct'$'\n''haproxy'$'\n''nginx'$'\n''mystel'$'\n''mystel-ring'$'\n''mystel-nio'
        return
        ;;
    esac
}

_mystel_bench_cipher() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--sessions --chunk-bytes --chunks --runs)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--sessions')
        return
        ;;
    '--chunk-bytes')
        return
        ;;
    '--chunks')
        return
        ;;
    '--runs')
        return
        ;;
    esac
}

_mystel_bench_handshake() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--sessions --runs)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--sessions')
        return
        ;;
    '--runs')
        return
        ;;
    esac
}

_mystel_bench_memory() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--sessions --rounds --request-bytes --reply-bytes --engine)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--sessions')
        return
        ;;
    '--rounds')
        return
        ;;
    '--request-bytes')
        return
        ;;
    '--reply-bytes')
        return
        ;;
    '--engine')
        __mystel_add_completions -W 'auto'$'\n''ring'$'\n''nio'
        return
        ;;
    esac
}

_mystel_bench_inspect() {
    repeating_flags=()
    non_repeating_flags=(--gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--runs)
    __mystel_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--runs')
        return
        ;;
    esac
}

_mystel_bench_refuse() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--players --seconds --engine)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--players')
        return
        ;;
    '--seconds')
        return
        ;;
    '--engine')
        __mystel_add_completions -W 'auto'$'\n''ring'$'\n''nio'
        return
        ;;
    esac
}

_mystel_bench_storm() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--sessions --runs --engine)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--sessions')
        return
        ;;
    '--runs')
        return
        ;;
    '--engine')
        __mystel_add_completions -W 'auto'$'\n''ring'$'\n''nio'
        return
        ;;
    esac
}

_mystel_bench_api() {
    repeating_flags=()
    non_repeating_flags=(--json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--players --seconds --engine)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--players')
        return
        ;;
    '--seconds')
        return
        ;;
    '--engine')
        __mystel_add_completions -W 'auto'$'\n''ring'$'\n''nio'
        return
        ;;
    esac
}

_mystel_bench_tunnel() {
    repeating_flags=()
    non_repeating_flags=(--storm --json --gate --version -h --help)
    repeating_options=()
    non_repeating_options=(--request-bytes --reply-bytes --sessions --rate --seconds --memory-sessions --round-trips --handshakes --runs --players --engine)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--request-bytes')
        return
        ;;
    '--reply-bytes')
        return
        ;;
    '--sessions')
        return
        ;;
    '--rate')
        return
        ;;
    '--seconds')
        return
        ;;
    '--memory-sessions')
        return
        ;;
    '--round-trips')
        return
        ;;
    '--handshakes')
        return
        ;;
    '--runs')
        return
        ;;
    '--players')
        return
        ;;
    '--engine')
        __mystel_add_completions -W 'auto'$'\n''ring'$'\n''nio'
        return
        ;;
    esac
}

_mystel_bench_steps() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--rounds)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--rounds')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __mystel_add_completions -W 'handshake'$'\n''mixed'$'\n''drop'$'\n''deny'
        return
        ;;
    esac
}

_mystel_replay() {
    repeating_flags=()
    non_repeating_flags=(--quiet -q --explain --shadow --version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config --profile --directory)
    __mystel_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    '--profile')
        __mystel_add_completions -W 'observe'$'\n''balanced'$'\n''strict'
        return
        ;;
    '--directory')
        return
        ;;
    esac
}

_mystel_inspect() {
    repeating_flags=()
    non_repeating_flags=(--json --hex --secrets --version -h --help)
    repeating_options=()
    non_repeating_options=(--only --from --client --build --key-schedule --packs)
    __mystel_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--only')
        return
        ;;
    '--from')
        return
        ;;
    '--client')
        return
        ;;
    '--build')
        return
        ;;
    '--key-schedule')
        __mystel_add_completions -W 'current'$'\n''legacy'
        return
        ;;
    '--packs')
        return
        ;;
    esac
}

_mystel_rules() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|show|test|score|counts|mode|try)
        # Offer subcommand argument completions
        "_mystel_rules_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list show test score counts mode try' -- "${cur}"))
        ;;
    esac
}

_mystel_rules_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config --profile --directory)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    '--profile')
        __mystel_add_completions -W 'observe'$'\n''balanced'$'\n''strict'
        return
        ;;
    '--directory')
        return
        ;;
    esac
}

_mystel_rules_show() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config --profile --directory)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    '--profile')
        __mystel_add_completions -W 'observe'$'\n''balanced'$'\n''strict'
        return
        ;;
    '--directory')
        return
        ;;
    esac
}

_mystel_rules_test() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config --profile --directory --rule)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    '--profile')
        __mystel_add_completions -W 'observe'$'\n''balanced'$'\n''strict'
        return
        ;;
    '--directory')
        return
        ;;
    '--rule')
        return
        ;;
    esac
}

_mystel_rules_score() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config --profile --directory --threshold)
    __mystel_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    '--profile')
        __mystel_add_completions -W 'observe'$'\n''balanced'$'\n''strict'
        return
        ;;
    '--directory')
        return
        ;;
    '--threshold')
        return
        ;;
    esac
}

_mystel_rules_counts() {
    repeating_flags=()
    non_repeating_flags=(--json --all --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_rules_mode() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 2

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_rules_try() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config --rule)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    '--rule')
        return
        ;;
    esac
}

_mystel_calibrate() {
    repeating_flags=()
    non_repeating_flags=(--json --yaml --running --forget --version -h --help)
    repeating_options=()
    non_repeating_options=(-c --config --profile --directory --sessions --hours --key-schedule --socket)
    __mystel_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-c'|'--config')
        return
        ;;
    '--profile')
        __mystel_add_completions -W 'observe'$'\n''balanced'$'\n''strict'
        return
        ;;
    '--directory')
        return
        ;;
    '--sessions')
        return
        ;;
    '--hours')
        return
        ;;
    '--key-schedule')
        __mystel_add_completions -W 'current'$'\n''legacy'
        return
        ;;
    '--socket')
        return
        ;;
    esac
}

_mystel_packs() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|show|verify|import|running)
        # Offer subcommand argument completions
        "_mystel_packs_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list show verify import running' -- "${cur}"))
        ;;
    esac
}

_mystel_packs_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--directory)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--directory')
        return
        ;;
    esac
}

_mystel_packs_show() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--directory)
    __mystel_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--directory')
        return
        ;;
    esac
}

_mystel_packs_verify() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--directory)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--directory')
        return
        ;;
    esac
}

_mystel_packs_import() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--map --definitions --data-json --build --patch -o --output)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--map')
        return
        ;;
    '--definitions')
        return
        ;;
    '--data-json')
        return
        ;;
    '--build')
        return
        ;;
    '--patch')
        return
        ;;
    '-o'|'--output')
        return
        ;;
    esac
}

_mystel_packs_running() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--socket -c --config)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--socket')
        return
        ;;
    '-c'|'--config')
        return
        ;;
    esac
}

_mystel_import() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    tera-proxy-server|tera-server-proxy)
        # Offer subcommand argument completions
        "_mystel_import_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'tera-proxy-server tera-server-proxy' -- "${cur}"))
        ;;
    esac
}

_mystel_import_tera-proxy-server() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 1
}

_mystel_import_tera-server-proxy() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 1
}

_mystel_tunnel() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    keygen|fingerprint|client)
        # Offer subcommand argument completions
        "_mystel_tunnel_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'keygen fingerprint client' -- "${cur}"))
        ;;
    esac
}

_mystel_tunnel_keygen() {
    repeating_flags=()
    non_repeating_flags=(--psk --version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 1
}

_mystel_tunnel_fingerprint() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 1
}

_mystel_tunnel_client() {
    repeating_flags=()
    non_repeating_flags=(--quiet --version -h --help)
    repeating_options=()
    non_repeating_options=(--listen --gateway --key --own-key --name --padding)
    __mystel_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--listen')
        return
        ;;
    '--gateway')
        return
        ;;
    '--key')
        return
        ;;
    '--own-key')
        return
        ;;
    '--name')
        return
        ;;
    '--padding')
        return
        ;;
    esac
}

_mystel_schema() {
    repeating_flags=()
    non_repeating_flags=(--reference --version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0
}

_mystel_version() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options 0
}

_mystel_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __mystel_offer_flags_options -1
}

complete -o filenames -F _mystel mystel
