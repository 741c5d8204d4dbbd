// A small server over stdio, in sh: quick to start, with a child of its own, and as rude as a test wants it.

/** Words: a mark, and its manners. It answers whatever has an id; `exit N` ends it with that code. */
export const server = `
[ "$2" = deaf ] && trap '' TERM INT HUP
sleep "$1" &
echo "a word on stderr" >&2
while read -r line; do
  id=\${line#*'"id":'}; id=\${id%%[,\\}]*}
  case $line in
    *'"method":"notifications/'*) ;;
    *'"method":"die"'*) kill -KILL $$ ;;
    *'"method":"exit"'*) n=\${line#*'"code":'}; exit "\${n%%[,\\}]*}" ;;
    *'"method":"noise"'*) printf 'not a message\\n{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$id" ;;
    *'"method":"last words"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$id"; exit 0 ;;
    *'"method":"initialize"'*)
      printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"0"}}}\\n' "$id" ;;
    *'"method":"env"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"env":"%s"}}\\n' "$id" "$PROCTOR_TOKEN" ;;
    *) printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$id" ;;
  esac
done
[ "$2" = deaf ] || exit 0
while :; do sleep 1; done
`;

export function serverCommand(mark: string, manners: "polite" | "deaf" = "polite"): string[] {
  return ["/bin/sh", "-c", server, "server", mark, manners];
}
