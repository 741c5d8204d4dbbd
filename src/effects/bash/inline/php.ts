// PHP as far as its calls go: its functions for files and processes, also where a string names them.

import {
  acts,
  connects,
  copies,
  deletes,
  doubt,
  lists,
  masks,
  moves,
  names,
  overwrites,
  permits,
  reads,
  runsCode,
  shells,
  table,
  truncates,
  writes,
} from "./actions.ts";
import type { Action, Language } from "./language.ts";
import type { Lexicon } from "./lexer/lexicon.ts";
import {
  decodings,
  globParts,
  joinTexts,
  replaceText,
  reverse,
  splitText,
  textOfCodes,
} from "./pure.ts";
import { elementOf, known, matches, someText, text, unknownValue } from "./values.ts";

const lexicon: Lexicon = {
  lineComments: ["#", "//"],
  blockComments: [["/*", "*/"]],
  sigils: "$",
  quotes: [
    { open: '"', close: '"', escapes: "c", interpolation: "dollar", kind: "string" },
    { open: "'", close: "'", escapes: "quote", interpolation: "none", kind: "string" },
    { open: "`", close: "`", escapes: "c", interpolation: "dollar", kind: "command" },
  ],
  stringPrefixes: false,
  regularExpressions: false,
  quoteWords: false,
  percentQuotes: false,
  heredoc: "<<<",
  newlines: "ignored",
};

const opens: Action = (call, host) => {
  const mode = known(call.args[1]) ?? "w";
  for (const word of host.words(call.args[0])) {
    if (mode.startsWith("w")) host.act.overwrite(word, host.more);
    else if (mode.startsWith("r") && !mode.includes("+")) host.act.read(word, host.more);
    else host.act.write(word, host.more);
  }
  return undefined;
};

/** `file_put_contents(path, text, FILE_APPEND)` */
const puts: Action = (call, host) => (call.args.length > 2 ? writes(0) : overwrites(0))(call, host);

const globs: Action = (call, host) => {
  host.act.list(".", host.more);
  const pattern = known(call.args[0]);
  return pattern === undefined ? undefined : matches(globParts(pattern));
};

const namesIn: Action = (call, host) => {
  lists(0)(call, host);
  return { kind: "list", items: [{ kind: "text", parts: [{ kind: "glob", text: "*" }] }] };
};

/** `array_map("unlink", $files)`, `call_user_func("unlink", "x")` */
function calls_(callee: number, spread: boolean): Action {
  return function callByName(call, host) {
    const name = known(call.args[callee]);
    const rest = call.args.filter((_, at) => at !== callee);
    if (name !== undefined) {
      const args = rest.map((arg) => (spread && arg.kind === "list" ? elementOf(arg) : arg));
      return host.call({ kind: "name", name }, args);
    }
    if (call.args[callee]?.kind === "text") host.unknown("calls a function whose name is computed");
    return undefined;
  };
}

const callsWithList: Action = (call, host) => {
  const list = call.args[1];
  return calls_(0, false)(
    {
      ...call,
      args: [
        call.args[0] ?? unknownValue("a function"),
        ...(list?.kind === "list" ? list.items : []),
      ],
    },
    host,
  );
};

const runsFile: Action = (call, host) =>
  void host.unknown(`runs ${known(call.args[0]) ?? "a file"}`);

const calls = table(
  ["unlink rmdir", deletes(0)],
  ["rename move_uploaded_file", moves(0, 1)],
  ["copy", copies(0, 1)],
  ["file_put_contents", puts],
  ["fopen gzopen", opens],
  ["ftruncate", truncates(0)],
  ["mkdir touch tempnam", writes(0, true)],
  ["symlink link", writes(1, true)],
  ["chmod", permits(0, "chmod", { change: 1 })],
  ["chown lchown", permits(0, "chown")],
  ["chgrp lchgrp", permits(0, "chgrp")],
  ["umask", masks],
  ["exec shell_exec system passthru popen proc_open", shells(0)],
  [
    "pcntl_exec",
    (call, host) =>
      host.command([
        call.args[0] ?? unknownValue("a program"),
        ...(call.args[1]?.kind === "list" ? call.args[1].items : []),
      ]) as undefined,
  ],
  ["file_get_contents file readfile fopen_r parse_ini_file highlight_file show_source", reads(0)],
  ["glob", globs],
  ["scandir opendir dir", namesIn],
  ["file_exists is_file is_dir is_link readlink realpath", lists(0)],
  [
    "stat lstat fileperms fileowner is_writable is_readable is_executable filesize filemtime",
    lists(0, true),
  ],
  ["eval assert create_function", runsCode],
  ["include include_once require require_once", runsFile],
  ["chdir", (call, host) => void host.chdir(call.args[0])],
  ["chroot dl ffi", doubt("changes its root, or loads native code")],
  ["posix_kill pcntl_fork posix_setuid posix_setgid mail", acts],
  ["fsockopen stream_socket_client curl_init", connects(0)],
  [
    "array_map call_user_func usort uasort register_shutdown_function ob_start iterator_apply",
    calls_(0, true),
  ],
  ["array_walk array_filter array_reduce", calls_(1, true)],
  ["call_user_func_array", callsWithList],
  [
    "implode join",
    (call) => joinTexts(call.args.length === 1 ? text("") : call.args[0], call.args.at(-1)),
  ],
  ["explode", (call) => splitText(call.args[1], known(call.args[0]))],
  ["strrev", (call) => reverse(call.args[0])],
  [
    "str_replace",
    (call, host) =>
      replaceText({ ...call, receiver: call.args[2], args: call.args.slice(0, 2) }, host),
  ],
  ["chr", textOfCodes],
  ["base64_decode", decodings.base64],
  ["hex2bin", decodings.hex],
  [
    "str_rot13",
    (call, host) =>
      decodings.codec({ ...call, args: [call.args[0] ?? text(""), text("rot13")] }, host),
  ],
  ["trim strval array_values array_merge", (call) => call.args[0]],
  ["getcwd", () => text(".")],
  [
    "getenv",
    (call, { act }) =>
      known(call.args[0]) === "HOME" && act.scope.home !== undefined
        ? text(act.scope.home)
        : someText("a variable"),
  ],
  ["unserialize", doubt("makes objects from text")],
  ["extract parse_str", doubt("sets variables from data")],
);

const computing = names(
  "echo print printf vprintf sprintf vsprintf number_format var_dump var_export print_r json_encode json_decode serialize phpversion phpinfo",
  "php_uname php_sapi_name php_ini_loaded_file count sizeof strlen strtolower strtoupper ucfirst ucwords lcfirst substr strpos strrpos stripos strstr",
  "str_contains str_starts_with str_ends_with str_pad str_repeat str_split wordwrap nl2br ltrim rtrim htmlspecialchars addslashes urlencode urldecode",
  "rawurlencode http_build_query parse_url base64_encode bin2hex md5 sha1 hash crc32 password_hash password_verify random_int rand mt_rand random_bytes",
  "uniqid microtime time date gmdate strtotime mktime checkdate sleep usleep memory_get_usage memory_get_peak_usage gettype is_array is_string is_int",
  "is_null is_numeric is_bool isset empty unset array array_keys array_push array_pop array_shift array_unshift array_slice array_splice array_unique",
  "array_combine array_fill array_flip array_key_exists array_search in_array array_sum array_column array_chunk array_diff array_intersect array_reverse",
  "range compact list sort rsort ksort asort arsort krsort shuffle min max abs floor ceil round intdiv sqrt pow log exp intval floatval boolval",
  "preg_match preg_match_all preg_split preg_quote preg_replace preg_replace_callback ctype_digit ctype_alpha mb_strlen mb_substr mb_strtolower mb_strtoupper",
  "fwrite fputs fread fgets fgetc feof fclose fflush fseek rewind fscanf fgetcsv fputcsv readline stream_get_contents pclose proc_close exit die error_log",
  "ini_set ini_get set_time_limit error_reporting extension_loaded get_loaded_extensions function_exists class_exists method_exists defined define constant",
  "basename dirname pathinfo sys_get_temp_dir version_compare spl_autoload_register gethostname getmypid array_is_list iterator_to_array trigger_error",
  "PHP_EOL PHP_VERSION DateTime Exception stdClass ArrayObject fn function static return",
);

export const php: Language = {
  lexicon,
  members: ["->", "::", "?."],
  concatenation: ".",
  bareCalls: true,
  ignoresCase: true,
  argumentNames: ["=>", ":"],
  definitions: names("function class interface trait"),
  conditions: names("if elseif else while for foreach switch case catch function fn and or"),
  prefixes: names("return new throw clone not global static"),
  wordOperators: names("and or xor instanceof"),
  blockWords: new Set(),
  loops: "as",
  calls,
  methods: new Map(),
  values: new Map(),
  aliases: [["\\", ""]],
  harmless: computing,
  harmlessMethods: names(
    "format modify getTimestamp getMessage getCode getLine getFile diff add sub count append",
  ),
  reflective: names("FFI ReflectionFunction ReflectionMethod GLOBALS $GLOBALS $$"),
  imports: () => false,
  isModule: () => false,
};

/** A file or standard input: code stands between tags. */
export const phpFile: Language = { ...php, lexicon: { ...lexicon, tags: ["<?", "?>"] } };
