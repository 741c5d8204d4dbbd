#!/bin/bash
# Stand-ins for programs that need privileges which the sandbox does not have: stand-ins.sh FOLDER
# They read their options as the real ones do and then run the command as the same user.
set -euo pipefail
mkdir -p "$1"
cat >"$1/sudo" <<'END'
#!/bin/bash -p
# sudo(8): what is an option with an argument, and that assignments may stand before the command.
shell=
while [[ $# -gt 0 ]]; do
  case $1 in
    --) shift; break ;;
    -[ugpCThURrD]) shift 2 ;;
    --user|--group|--prompt|--chdir|--host|--chroot) shift 2 ;;
    --*=*|--preserve-env|--non-interactive|--stdin|--set-home|--background|--reset-timestamp) shift ;;
    -i|-s|--login|--shell) shell=1; shift ;;
    -[vVKkl]|--list|--validate|--version|--help|--remove-timestamp) exit 0 ;;
    -*[is]) shell=1; shift ;;
    -*) shift ;;
    [A-Za-z_]*=*) export "$1"; shift ;;
    *) break ;;
  esac
done
[[ $# -eq 0 ]] && exit 0
[[ -n $shell ]] && exec bash -c "$(printf '%q ' "$@")"
exec "$@"
END
cat >"$1/doas" <<'END'
#!/bin/bash -p
while getopts 'C:Lnsu:' option; do [[ $option == L ]] && exit 0; done
shift $((OPTIND - 1))
exec "$@"
END
cat >"$1/su" <<'END'
#!/bin/bash -p
# su(1): [options] [-] [user [argument...]], options anywhere before the arguments.
command=
while [[ $# -gt 0 ]]; do
  case $1 in
    -c|--command) command=$2; shift 2 ;;
    -c*) command=${1#-c}; shift ;;
    --command=*) command=${1#*=}; shift ;;
    -s|--shell|-g|-G|-w) shift 2 ;;
    *) shift ;;
  esac
done
[[ -n $command ]] && exec bash -c "$command"
exit 0
END
chmod 755 "$1"/*
