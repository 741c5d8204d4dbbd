// What words become, held against real bash.

import { describe, expect, it } from "vitest";
import { analyseBash } from "../../../src/effects/bash/index.ts";
import { fixedContext } from "./notation.ts";
import { hasBash, trace } from "./trace.ts";

/** Each script runs `probe` with arguments that are all known. */
const scripts: Record<string, readonly string[]> = {
  quoting: [
    `probe a 'b c' "d e" f\\ g h"i"'j'`,
    `probe "" '' a""b ''""`,
    `probe $'\\x41\\n\\t\\'\\101\\u00e9' $"locale"`,
    `probe "a\\"b\\\\c\\$d\\e" 'a\\b'`,
    `probe "line\\\ncontinued" a\\\nb`,
    `probe \\~ "~" a~ x=~ '~'`,
    `probe "\`echo inner\`" \`echo a b\` "\`echo \\"q\\"\`"`,
    `probe # comment`,
    `probe a#b 'c#d' \\#e`,
    `probe {a} a{b}c {} {,} "{a,b}" \\{a,b\\} {a,b`,
  ],
  braces: [
    `probe {a,b,c} x{1,2}y {a,b}{1,2}`,
    `probe {1..5} {5..1} {01..03} {a..e} {e..a..2} {1..10..3} {-2..2}`,
    `probe {a,{b,c},d} pre{x,y{1,2}}post`,
    `probe {a,"b c",'d e'} {a\\,b,c} {"a,b",c}`,
    `probe {a,b}\${x:-z} \${x:-{a,b}}`,
    `x=v; probe {$x,w} "{$x,w}" {"$x",'$x'}`,
    `probe {a..} {..b} {1..a} {a,b}} {{a,b}`,
    `probe {a,b}{c,d}{e,f}`,
    `probe {,a}{,b}`,
  ],
  parameters: [
    `x=abc; probe $x "$x" \${x} "\${x}d" $xd`,
    `x="a b  c"; probe $x "$x" pre$x"post"`,
    `x=; probe $x "$x" a$x b"$x"`,
    `probe $unset "$unset" a$unset`,
    `probe \${u:-def} \${u-def} "\${u:-a b}" \${u:-a b} \${u:-"a b"} \${u:+x} "\${u:+x}"`,
    `x=; probe \${x:-def} \${x-def} \${x:+alt} \${x+alt} "\${x+a b}"`,
    `x=v; probe \${x:-def} \${x:+alt} \${x:+a b} "\${x:+a b}"`,
    `probe \${y:=new} $y; probe "\${z=a b}" $z`,
    `x=a.tar.gz; probe \${x%.*} \${x%%.*} \${x#*.} \${x##*.}`,
    `x=/usr/local/bin; probe \${x##*/} \${x%/*} \${x#/} \${x%%/*} "\${x//\\//_}"`,
    `x=hello; probe \${x/l/L} \${x//l/L} \${x/#h/H} \${x/%o/O} \${x//l} \${x/z/y} \${x/*/all}`,
    `x=hello; probe \${x:1} \${x:1:3} \${x: -3} \${x: -3:2} \${x:1:-1} \${x:0:0} \${x:9}`,
    `x=hello; probe \${x^} \${x^^} \${x^^l}; y=HELLO; probe \${y,} \${y,,}`,
    `x=hello; probe \${#x} "\${#x}" \${#unset}`,
    `x=y; y=z; probe \${!x}; n=a; declare a=1; probe \${!n}`,
    `x='a*b'; probe "$x" "\${x#a\\*}" "\${x%'*b'}" "\${x/'*'/+}"`,
    `x=ab; p='a*'; probe "\${x#$p}" "\${x#"$p"}"`,
    `x="it's"; probe \${x@Q} \${x@U} \${x@L} \${x@u}`,
    `x=a; x+=b; probe $x; x+=(c); probe "\${x[@]}"`,
    `x="  padded  "; probe $x "$x" "\${x# }"`,
    `x='$(echo no)'; probe "$x" $x`,
    `probe "\${u:-"quoted"}" "\${u:-'single'}" \${u:-'single'}`,
    `probe \${u:-~} "\${u:-~}"; HOME=/h; probe ~ ~/x "~/x" \${u:-~/y}`,
    `x=abc; probe "\${x:$((1)):1}" "\${x:(-2)}"`,
  ],
  positional: [
    `set -- a "b c" d; probe "$@"; probe $@; probe "$*"; probe $*; probe $# $1 "$2" $3 $4`,
    `set -- a b c d e f g h i j k; probe $10 \${10} \${11}; shift 9; probe "$@"`,
    `set --; probe "$@"; probe "$*"; probe x"$@"y; probe $#`,
    `set -- a b; probe x"$@"y "pre $* post"; IFS=,; probe "$*" $*`,
    `set -- a b c; probe "\${@:2}" "\${@:1:2}" "\${*:2}" "\${@: -1}"; shift; probe "$1"`,
    `set -- ax b; probe "\${@^^}" "\${@%x}"`,
    `f() { probe "$@"; shift; probe $#; }; f a "b c"; probe $#`,
    `set a b; probe $2; set -- -x; probe $1`,
  ],
  arrays: [
    `a=(x "y z" w); probe "\${a[@]}" \${#a[@]} \${a[1]} "\${a[1]}" $a \${a[-1]}`,
    `a=(x y); a+=(z); a[5]=q; probe "\${a[@]}" "\${!a[@]}" \${#a[@]}`,
    `a=(1 2 3); unset 'a[1]'; probe "\${a[@]}" "\${!a[@]}"`,
    `declare -A m=([k]=v); m[j]=w; probe "\${m[k]}" "\${m[j]}" "\${#m[@]}"`,
    `a=(a b c); probe "\${a[*]}" "\${a[@]:1}" "\${a[@]/b/B}" "\${a[@]#a}"; IFS=-; probe "\${a[*]}"`,
    `i=1; a=(a b c); probe "\${a[i]}" "\${a[$i+1]}" "\${a[i-1]}"`,
    `a=(); probe "\${a[@]}" x; probe "\${#a[@]}"`,
    `a=([2]=c [0]=a); probe "\${a[@]}" "\${!a[@]}"`,
    `x=1; a=($x {2,3} "4 5"); probe "\${a[@]}"`,
    `read -ra a <<< "p q r"; probe "\${a[@]}"; mapfile -t b <<< $'l1\\nl 2'; probe "\${b[@]}"`,
    `a=(x y); b=("\${a[@]}" z); probe "\${b[@]}" "\${#b[@]}"`,
    `declare -a a; a[0]=p; probe "\${a[@]}"; local_test() { local -a l=(m n); probe "\${l[@]}"; }; local_test`,
  ],
  arithmetic: [
    `probe $((1+2*3)) $(((1+2)*3)) $((7/2)) $((7%3)) $((2**10)) $((-7/2)) $((1<<4)) $((~5))`,
    `x=5; probe $((x)) $(($x+1)) $((x++)) $x $((++x)) $((x--)) $((x+=10)) $x`,
    `probe $((1?2:3)) $((0?2:3)) $((1&&0)) $((1||0)) $((!3)) $((5>3)) $((5==5)) $((3,4))`,
    `probe $((0x1f)) $((010)) $((2#101)) $((36#z)) $((16#ff))`,
    `x=1+2; probe $((x*2)); y=x; probe $((y))`,
    `a=(4 5 6); probe $((a[1]+a[2])) $((a[0]++)) \${a[0]}`,
    `let "x=3*4" y=x+1; probe $x $y; ((z=x+y)); probe $z`,
    `probe $[1+1] $((unset)) $(( ))`,
    `probe $((5&3)) $((5|3)) $((5^3)) $((-8>>1))`,
    `declare -i n=5; probe $n`,
  ],
  substitution: [
    `probe $(echo a b) "$(echo a b)" x$(echo 1)y`,
    `probe "$(printf 'a\\n\\n\\n')" $(printf 'a\\nb') "$(printf 'a\\nb')"`,
    `probe $(echo $(echo nested)) "$(echo "$(echo q)")"`,
    `x=$(echo hi); probe $x; probe \`echo a\` "\`echo b c\`"`,
    `probe "$(printf '%s-%d|%5s|%-5s|%05d|%x|%c' a 1 b c 42 255 xyz)"`,
    `probe "$(printf '%b' 'a\\tb\\0101')" "$(echo -e 'a\\tb\\x41')" "$(echo -n n)" "$(echo -en 'x\\ny')"`,
    `probe "$(printf '%s,' a b c)" "$(printf '%%')" "$(printf 'x%sy%sz' 1)"`,
    `probe "$(echo 'a\\nb')" "$(echo -E 'a\\nb')" "$(echo - -x)"`,
    `probe "$(true)" "$(:; echo z)" "$(false || echo f)"`,
    `probe "$(for i in 1 2; do echo $i; done)" "$(echo a; echo b)"`,
    `printf -v x '%03d' 7; probe $x; printf -v 'a[1]' q; probe \${a[1]}`,
    `x=$(cat <<< hi); probe "$(<<< x echo y)"`,
    `f() { echo out; return 3; }; x=$(f); probe $x $?; f >/dev/null; probe $?`,
  ],
  splitting: [
    `IFS=:; x=a:b::c:; probe $x; probe "$x"`,
    `IFS=' :'; x=' a : b::c '; probe $x`,
    `IFS=; x='a b'; probe $x`,
    `IFS=,; set -- a b; x="$*"; probe $x "$x"`,
    `x=$'a\\nb\\tc'; probe $x`,
    `IFS=: read -r a b c <<< "1:2:3:4"; probe "$a" "$b" "$c"`,
    `read -r a b <<< "  one two three  "; probe "$a" "$b"`,
    `IFS=/; p=/a/b; probe $p`,
    `IFS=: read -r a b <<< "1:2:"; probe "$a" "$b"; IFS=: read -r a b <<< "1:2:3:"; probe "$a" "$b"`,
    `IFS=: read -r a <<< "1:"; probe "$a"; IFS=: read -r a b <<< ":x"; probe "$a" "$b"`,
    `read -r a b c <<< "1"; probe "$a" "$b" "$c"; read a b <<< 'x\\ y z'; probe "$a" "$b"`,
    `IFS=, ; set -- a b; x=$*; probe "$x"; x=$@; probe "$x"; x="$@"; probe "$x"`,
    `IFS= read -r l <<< "  sp  "; probe "$l"; read l <<< 'a\\ b'; probe "$l"`,
    `unset IFS; x="a b"; probe $x`,
    `x=a:b; IFS=:; y=$x; probe "$y" $y; for i in $x; do probe $i; done`,
  ],
  globs: [`set -f; probe *.none a?b [x]; set +f`, `probe "*" '?' \\* "[a]"; x='*'; probe "$x"`],
  "here-documents": [
    `read -r a <<EOF\n  text $((1+1)) \\$x $(echo sub)\nEOF\nprobe "$a"`,
    `x=v; while read -r l; do probe "$l"; done <<EOF\na $x\nb "$x" '$x'\nEOF`,
    `while read -r l; do probe "$l"; done <<'EOF'\na $x \\n $(no)\nEOF`,
    `while read -r l; do probe "$l"; done <<-EOF\n\tindented\n\t\ttwice\n\tEOF`,
    `probe "$(cat <<EOF\nin substitution\nEOF\n)" || true`,
    `read -rd '' x <<< $'a\\nb'; probe "$x"`,
    `{ read -r a; read -r b; } <<< $'1\\n2'; probe $a $b`,
  ],
};

/** The arguments of each `probe`; undefined where one of them is not known. */
function predicted(script: string) {
  const { effects } = analyseBash(script, fixedContext, {});
  return effects
    .filter((effect) => effect.kind === "execute")
    .filter(({ program }) => program === "probe")
    .map(({ words }) => words);
}

describe.runIf(hasBash)("words become what bash makes of them", () => {
  for (const [theme, rows] of Object.entries(scripts)) {
    describe(theme, () => {
      it.each(rows)("%s", (script) => {
        expect(predicted(script)).toEqual(trace(script));
      });
    });
  }
});
