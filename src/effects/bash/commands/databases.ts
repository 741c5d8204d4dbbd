// Clients of databases: the statements that they are given, and what those drop.

import { acts, cli, looks, removes, thing } from "../cli.ts";
import type { Command, Word } from "../command.ts";
import { literalHost } from "../hosts.ts";
import { leadingText, type Options } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

/** Statements of one text that are looked at. */
const maxStatements = 1_000;
const maxStatementLength = 4_096;

/** SQL that only shows. */
const showing =
  /^(?:select|show|describe|desc|explain|with|values|table|pragma|use|set|begin|start|commit|rollback|help|status|analyze|fetch|declare|list|\.)/i;
const destroying = /^(?:drop|truncate|delete)\b/i;
const hidden =
  /\b(?:delete\s+from|drop\s+(?:table|database|schema|index|view|user|role|column|keyspace|collection)|truncate\s+table)\b/i;

/** What a text of SQL does to a database. Files that the client itself writes or runs are read as well. */
function statements(act: Act, source: string, database: string): void {
  let changes = false;
  for (const piece of split(source)) {
    const statement = piece.slice(0, maxStatementLength).trim();
    if (statement === "") continue;
    if (metaCommand(act, statement)) continue;
    if (destroying.test(statement) || hidden.test(withoutQuoted(statement))) {
      act.delete(thing(`${database} ${summary(statement)}`), {
        recursive: true,
        certainty: "certain",
        via: `${act.invocation.program} ${statement.split(/\s/)[0]?.toLowerCase()}`,
      });
    } else if (!showing.test(statement)) changes = true;
  }
  if (changes) act.execute();
}

/** What stands in quotes is a value. */
function withoutQuoted(statement: string): string {
  let text = "";
  let quote = "";
  for (const c of statement) {
    if (quote === "" && (c === "'" || c === '"')) quote = c;
    else if (c === quote) quote = "";
    else if (quote === "") text += c;
  }
  return text;
}

function summary(statement: string): string {
  return statement.split(/\s+/, 6).join(" ");
}

/** Without comments, at semicolons outside quotes, and at ends of lines before a client's own commands. */
function split(source: string): readonly string[] {
  const pieces: string[] = [];
  let text = "";
  let quote = "";
  for (let at = 0; at < source.length && pieces.length < maxStatements; at += 1) {
    const c = source[at] ?? "";
    if (quote !== "") {
      text += c;
      if (c === quote) quote = "";
    } else if (source.startsWith("--", at)) at = endOf(source, "\n", at);
    else if (source.startsWith("/*", at) && source[at + 2] !== "!")
      at = endOf(source, "*/", at) + 1;
    else if (c === ";" || (c === "\n" && /^\s*[.\\]/.test(text))) {
      pieces.push(text);
      text = "";
    } else {
      if (c === "'" || c === '"' || c === "`") quote = c;
      text += c;
    }
  }
  pieces.push(text);
  return pieces;
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from);
  return end < 0 ? source.length : end;
}

/** `\! command`, `.shell command`, `\copy`, `.output file`, `\i file`: the client's own commands. */
function metaCommand(act: Act, statement: string): boolean {
  if (!/^[.\\]/.test(statement)) return false;
  const shell = /^(?:\\!|\.shell|\.system|\\system)\s*(.*)$/s.exec(statement);
  if (shell !== null)
    act.script(shell[1] ?? "", { via: `${act.invocation.program} shell`, newShell: true });
  const pipe = /^(?:\\o|\\g|\.output|\.once)\s*\|\s*(.*)$/s.exec(statement);
  if (pipe !== null)
    act.script(pipe[1] ?? "", { via: `${act.invocation.program} shell`, newShell: true });
  const file = /^(?:\\o|\.output|\.once|\.backup|\.save|\.dump|\.excel)\s+([^\s|;]+)/.exec(
    statement,
  );
  if (file?.[1] !== undefined) act.overwrite(file[1]);
  const included = /^(?:\\ir?|\.read|source|\\\.)\s+(\S+)/.exec(statement);
  if (included !== null)
    act.unknown(`${act.invocation.program} runs the statements of ${included[1]}`);
  return true;
}

/** The statements of a client: from options, from standard input, from a file that is not seen. */
function runStatements(
  act: Act,
  texts: readonly Word[],
  files: readonly Word[],
  database: string,
): undefined {
  for (const text of texts) {
    if (text.value === undefined)
      act.unknown(`${act.invocation.program} runs statements that are not wholly known`);
    statements(
      act,
      text.value ?? text.parts.map((part) => (part.kind === "hole" ? " x " : part.text)).join(""),
      database,
    );
  }
  for (const file of files) {
    const content = act.scope.contentOf(file);
    if (content !== undefined) statements(act, content, database);
    else act.unknown(`${act.invocation.program} runs the statements of ${textOf(file)}`);
  }
  if (texts.length > 0 || files.length > 0) return undefined;
  const { stdin } = act.invocation;
  if (stdin.kind === "text") statements(act, stdin.text, database);
  else if (stdin.kind === "file")
    act.unknown(`${act.invocation.program} runs the statements of ${stdin.target.path}`);
  else if (stdin.kind === "unknown")
    act.unknown(`${act.invocation.program} runs statements that are not known`);
  return undefined;
}

function connectsTo(act: Act, host: Word | undefined): void {
  const name = host === undefined ? "localhost" : (literalHost(host.value) ?? host.source);
  act.connect(name);
}

const psql = tool<string>(
  [
    "a,echo-all A,no-align b,echo-errors c,command: d,dbname: e,echo-queries E,echo-hidden f,file: F,field-separator: h,host: H,html l,list L,log-file: n,no-readline o,output: p,port: P,pset: q,quiet",
    "R,record-separator: s,single-step S,single-line t,tuples-only T,table-attr: U,username: v,set,variable: V w,no-password W,password x,expanded X,no-psqlrc z,field-separator-zero 0,record-separator-zero 1,single-transaction csv",
  ],
  (act, options) => {
    const output = options.value("o");
    const log = options.value("L");
    const database = options.value("d") ?? options.operands[0];
    connectsTo(
      act,
      options.value("h") ?? (database?.value?.includes("://") === true ? database : undefined),
    );
    if (output?.value?.startsWith("|") === true)
      act.script(output.value.slice(1), { newShell: true });
    else if (output !== undefined) act.overwrite(output);
    if (log !== undefined) act.write(log);
    if (options.has("l")) return undefined;
    return runStatements(
      act,
      options.values("c"),
      options.values("f"),
      database === undefined ? "postgres" : textOf(database),
    );
  },
);

const mysqlOptions =
  "e,execute: h,host: u,user: p,password:: P,port: D,database: S,socket: B,batch N,skip-column-names s,silent v,verbose f,force t,table H,html X,xml r,raw A,no-auto-rehash b,no-beep C,compress i,ignore-spaces n,unbuffered q,quick T,debug-info w,wait U,safe-updates G V,version defaults-file: defaults-extra-file: protocol: ssl-mode: ssl-ca: ssl-cert: ssl-key: default-character-set: connect-timeout: init-command: login-path: tee: pager:: delimiter: local-infile:: skip-ssl";

const mysql = tool<string>(mysqlOptions, (act, options) => {
  connectsTo(act, options.value("h"));
  const database = options.value("D") ?? options.operands[0];
  return runStatements(
    act,
    [...options.values("init-command"), ...options.values("e")],
    [],
    database === undefined ? "mysql" : textOf(database),
  );
});

/** sqlite3(1): the database is a file, the words behind it are statements. */
const sqlite = program((act) => {
  const operands: Word[] = [];
  const texts: Word[] = [];
  for (let at = 0; at < act.args.length; at += 1) {
    const word = act.args[at];
    const name = word === undefined ? "" : leadingText(word).replace(/^--/, "-");
    const next = act.args[at + 1];
    if (word === undefined || !name.startsWith("-")) {
      if (word !== undefined) operands.push(word);
    } else if (name === "-cmd" && next !== undefined) texts.push(next);
    else if (name === "-init" && next !== undefined)
      act.unknown(`sqlite3 runs the commands of ${textOf(next)}`);
    if (
      /^-(?:cmd|init|separator|nullvalue|newline|mmap|lookaside|pagecache|heap|maxsize|vfs|A|escape)$/.test(
        name,
      )
    )
      at += 1;
  }
  const [file, ...statementsGiven] = operands;
  const readOnly = act.args.some((word) => /^--?readonly$/.test(word.value ?? ""));
  if (file !== undefined && file.value !== ":memory:") {
    if (readOnly || onlyShows(act, [...texts, ...statementsGiven])) act.read(file);
    else act.write(file, { certainty: "possible" });
  }
  return runStatements(
    act,
    [...texts, ...statementsGiven],
    [],
    file === undefined ? ":memory:" : textOf(file),
  );
});

/** Are all of the statements known, and none that changes anything? */
function onlyShows(act: Act, texts: readonly Word[]): boolean {
  if (texts.length === 0) return act.invocation.stdin.kind === "inherited";
  return texts.every((text) => text.value !== undefined && split(text.value).every(shows));
}

function shows(piece: string): boolean {
  const statement = piece.slice(0, maxStatementLength).trim();
  if (/^pragma\b/i.test(statement)) return !statement.includes("=");
  if (/\b(?:insert|update|delete|replace)\b/i.test(withoutQuoted(statement))) return false;
  return statement === "" || showing.test(statement);
}

/** A client whose statements stand behind one of these options. */
function client(
  spec: string,
  texts: readonly string[],
  files: readonly string[],
  host: readonly string[],
): Command {
  return tool<string>(
    spec,
    (act, options: Options) => {
      const from = (names: readonly string[]): Word[] =>
        names.flatMap((name) => options.values(name));
      connectsTo(act, from(host)[0]);
      return runStatements(act, from(texts), from(files), act.invocation.program);
    },
    { singleDash: false },
  );
}

/** MongoDB's shells run JavaScript: what drops is known by its name. */
const mongo = tool<string>(
  "eval: f,file: host: port: u,username: p,password: authenticationDatabase: quiet nodb norc shell json:: tls apiVersion: verbose",
  (act, options) => {
    const { stdin } = act.invocation;
    connectsTo(act, options.value("host") ?? options.operands[0]);
    const texts = options.values("eval").map((word) => word.value ?? "drop(");
    if (texts.length === 0 && stdin.kind === "text") texts.push(stdin.text);
    for (const text of texts) mongoText(act, text);
    for (const file of [
      ...options.values("f"),
      ...options.operands.filter((word) => word.value?.endsWith(".js")),
    ])
      act.unknown(`${act.invocation.program} runs ${textOf(file)}`);
    if (texts.length === 0 && stdin.kind === "unknown")
      act.unknown(`${act.invocation.program} runs what is not known`);
  },
);

const mongoDestroys =
  /\b(drop|dropDatabase|dropCollection|dropIndex|dropIndexes|dropUser|dropRole|deleteOne|deleteMany|remove|findOneAndDelete|bulkWrite)\s*\(/;
const mongoChanges =
  /\b(insert\w*|update\w*|replace\w*|findOneAnd\w+|create\w+|rename\w+|shutdownServer|grant\w+|save)\s*\(/;

function mongoText(act: Act, text: string): void {
  const destroyed = mongoDestroys.exec(text);
  const via = `${act.invocation.program} ${destroyed?.[1] ?? "eval"}`;
  if (destroyed !== null)
    act.delete(thing(`mongodb ${text.slice(0, 120)}`), {
      recursive: true,
      certainty: "certain",
      via,
    });
  else if (mongoChanges.test(text)) act.execute({ via });
  else if (/\b(?:load|require|eval|Function)\b/.test(text))
    act.unknown(`${act.invocation.program} runs other code`);
}

const redisDestroys = new Set(
  "FLUSHALL FLUSHDB DEL UNLINK GETDEL HDEL SREM ZREM LREM LTRIM XDEL XTRIM ZREMRANGEBYRANK ZREMRANGEBYSCORE SPOP LPOP RPOP ZPOPMIN ZPOPMAX BLPOP BRPOP JSON.DEL FT.DROPINDEX".split(
    " ",
  ),
);
const redisLooks = new Set(
  "GET MGET EXISTS TTL PTTL TYPE KEYS SCAN INFO PING DBSIZE LLEN LRANGE HGET HGETALL HKEYS HLEN SMEMBERS SCARD ZRANGE ZCARD XLEN XRANGE MEMORY OBJECT CLIENT CONFIG SLOWLOG LASTSAVE TIME COMMAND MONITOR ECHO STRLEN GETRANGE DUMP LATENCY ROLE".split(
    " ",
  ),
);

const redis = tool<string>(
  "h: p: t: s: a: user: pass: askpass u: r: i: n: 2 3 x X: d: D: c e tls sni: cacert: cert: key: raw no-raw quoted-input csv json quoted-json show-pushes: stat latency pipe bigkeys memkeys hotkeys scan pattern: eval: ldb functions-rdb: rdb: cluster: verbose no-auth-warning",
  (act, options) => {
    connectsTo(act, options.value("h") ?? options.value("u"));
    const { stdin } = act.invocation;
    const [command, ...keys] = options.operands;
    if (options.has("eval")) return act.unknown("redis-cli runs a script");
    if (command !== undefined) return redisCommand(act, command.value, keys.map(textOf));
    if (stdin.kind === "text")
      for (const line of stdin.text.split("\n", maxStatements)) redisLine(act, line);
    else if (stdin.kind === "unknown") act.unknown("redis-cli runs what is not known");
    return undefined;
  },
  { order: "posix", abbreviations: false },
);

function redisLine(act: Act, line: string): void {
  const [command, ...keys] = line.trim().split(/\s+/);
  if (command !== undefined && command !== "") redisCommand(act, command, keys);
}

function redisCommand(act: Act, name: string | undefined, keys: readonly string[]): undefined {
  const command = name?.toUpperCase();
  const via = `redis-cli ${command}`;
  if (command === undefined) return act.unknown("redis-cli runs a command that is not known");
  if (redisDestroys.has(command))
    return act.delete(thing(`redis ${[command, ...keys].join(" ")}`), {
      recursive: true,
      certainty: "certain",
      via,
    });
  const sets = command === "CONFIG" && keys[0]?.toUpperCase() === "SET";
  if (/^(?:EVAL|EVALSHA|FCALL|SCRIPT|FUNCTION|MODULE)$/.test(command))
    return act.unknown("redis-cli runs a script");
  return redisLooks.has(command) && !sets ? undefined : act.execute({ via });
}

const dumps = tool<string>(
  "f,file: o,out,output: r,result-file: d,dbname: h,host: p,port:: U,username: u,user: F,format: t,table: n,schema: a,data-only s,schema-only c,clean C,create v,verbose w W Z,compress: j,jobs: no-owner no-privileges inserts column-inserts all-databases databases single-transaction routines triggers events quick add-drop-table where: tab: uri: db: archive:: gzip collection: password:: no-data extra-dump: column-statistics: set-gtid-purged: default-character-set: hex-blob ssl-mode: B A R E N e l x q",
  (act, options) => {
    connectsTo(act, options.value("h") ?? options.value("uri"));
    const file = options.value("f") ?? options.value("o") ?? options.value("r");
    if (file !== undefined) act.overwrite(file, { recursive: true });
  },
);

/** Restores over what is there: with `--clean` or `--drop` that is dropped first. */
const restores = tool<string>(
  "c,clean C,create d,dbname: h,host: p,port: U,username: F,format: j,jobs: v,verbose 1,single-transaction l,list L,use-list: n,schema: t,table: drop uri: db: collection: archive:: gzip dir: no-owner if-exists u: password: dryRun nsInclude: O x e",
  (act, options) => {
    connectsTo(act, options.value("h") ?? options.value("uri"));
    if (options.has("l") || options.has("dryRun")) return;
    if (options.has("c") || options.has("drop"))
      act.delete(thing(`${act.invocation.program} database`), {
        recursive: true,
        certainty: "certain",
        via: `${act.invocation.program} --clean`,
      });
    act.execute();
  },
);

/** dropdb(1), dropuser(1) */
const drops = tool<string>(
  "e,echo f,force i,interactive h,host: p,port: U,username: w W maintenance-db: if-exists",
  (act, { operands }) => {
    connectsTo(act, undefined);
    for (const name of operands)
      act.delete(thing(`${act.invocation.program} ${textOf(name)}`), {
        recursive: true,
        certainty: "certain",
      });
  },
);

const mysqladmin = cli({
  values: "-h -u -P -S --host --user --port --socket",
  rows: [
    ["drop", removes("mysql database")],
    [
      "create|shutdown|kill|flush-privileges|flush-tables|flush-hosts|flush-logs|password|reload|refresh|start-slave|stop-slave",
      acts,
    ],
  ],
  otherwise: looks,
});

const topics = program((act) => {
  const deletes = act.args.some(
    (word) => word.value === "--delete" || word.value === "--delete-offsets",
  );
  act.connect("kafka");
  if (deletes)
    return act.delete(thing(`kafka ${act.args.map(textOf).join(" ")}`), {
      recursive: true,
      certainty: "certain",
    });
  return act.args.some((word) => /^--(?:list|describe|version|help)$/.test(word.value ?? ""))
    ? undefined
    : act.execute();
});

export const databases = family(
  ["psql pgcli", psql],
  ["mysql mariadb mycli", mysql],
  ["sqlite3 sqlite sqlite3_analyzer litecli duckdb sqlcipher", sqlite],
  [
    "clickhouse-client clickhouse",
    client(
      "q,query: h,host: port: u,user: password: d,database: queries-file: f,format: n,multiquery m t",
      ["q"],
      ["queries-file"],
      ["h"],
    ),
  ],
  [
    "sqlcmd bteq isql osql tsql",
    client("Q: q: i: S: U: P: d: E o: s: W h: b C", ["Q", "q"], ["i"], ["S"]),
  ],
  ["cqlsh", client("e,execute: f,file: u,username: p,password: k,keyspace: ssl", ["e"], ["f"], [])],
  [
    "snowsql snow bigquery-cli trino presto-cli hive beeline impala-shell spark-sql cockroach influx usql",
    client(
      "q,query,execute: e: f,file: i: h,host: u: p: d: o: server: catalog: schema: url: n: username: dbname:",
      ["q", "e"],
      ["f", "i"],
      ["h", "server", "url"],
    ),
  ],
  ["mongo mongosh", mongo],
  ["redis-cli valkey-cli keydb-cli", redis],
  ["pg_dump pg_dumpall mysqldump mariadb-dump mongodump mongoexport pg_basebackup", dumps],
  ["pg_restore mongorestore mongoimport mysqlimport", restores],
  ["dropdb dropuser", drops],
  [
    "createdb createuser vacuumdb reindexdb clusterdb pg_ctl pg_ctlcluster mysqlcheck mysql_upgrade mysqld mysqld_safe mongod redis-server postgres pg_upgrade etcdctl",
    cli({
      rows: [
        ["del|rm|rmdir|user delete|role delete|member remove", removes("etcd key")],
        ["get|member list|endpoint status|endpoint health|status|version", looks],
      ],
      otherwise: acts,
    }),
  ],
  [
    "initdb pg_createcluster",
    program((act) => act.write(act.args.at(-1) ?? ".", { recursive: true, creates: true })),
  ],
  [
    "pg_dropcluster",
    program((act) =>
      act.delete(thing(`postgres cluster ${act.args.map(textOf).join(" ")}`), {
        recursive: true,
        certainty: "certain",
      }),
    ),
  ],
  ["pg_resetwal", program((act) => act.truncate(act.args.at(-1) ?? ".", { recursive: true }))],
  ["mysqladmin mariadb-admin", mysqladmin],
  ["mysqlshow pg_isready pg_config pg_controldata", program(() => undefined)],
  [
    "kafka-topics kafka-topics.sh kafka-consumer-groups kafka-consumer-groups.sh kafka-delete-records kafka-delete-records.sh",
    topics,
  ],
  [
    "rabbitmqctl rabbitmqadmin",
    cli({
      values: "-n -p --vhost -u",
      rows: [
        [
          "delete_queue|delete_vhost|delete_user|purge_queue|reset|force_reset|delete queue|delete exchange|delete vhost|delete user|purge queue",
          removes("rabbitmq"),
        ],
        [
          "list_queues|list_users|list_vhosts|status|list_exchanges|list_bindings|list_connections|list queues|list|show|ping|environment|report",
          looks,
        ],
      ],
      otherwise: acts,
    }),
  ],
);
