// Secrets out, everything else left alone, in linear time.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/core/json.ts";
import { tokenForms } from "../../src/redaction/detectors/tokens.ts";
import { createRedactor, redactionSchema } from "../../src/redaction/index.ts";

const { redact, detectors } = createRedactor();
const text = (given: string): string => redact(given).value;

/** `n` characters of no meaning, of the given set. */
function made(n: number, characters = "a1B2c3D4e5F6g7H8i9J0"): string {
  return characters.repeat(Math.ceil(n / characters.length)).slice(0, n);
}

/** Made up, of the right form; never written in one piece, so that no scanner takes them for real. */
const github = `ghp_${made(36)}`;
const openai = `sk-proj-${made(40)}`;
const jwt = `eyJ${"hbGciOiJIUzI1NiJ9"}.eyJ${"zdWIiOiIxMjM0In0"}.${made(30)}`;

const samples: Record<string, string> = {
  digits: "1234567890",
  hex: "0123456789abcdef",
  upperAlphanumeric: "A2B3C4D5E6F7",
  alphanumeric: "a1B2c3D4e5F6",
  base64url: "a1B2-c3D4_e5",
  base64: "a1B2+c3/D4e5",
  token68: "a1B2.c3~D4-e5",
};

describe("a token of a known form", () => {
  const rows = tokenForms.flatMap((form) =>
    form.prefixes.map((prefix): [string, string, typeof form] => [prefix, form.type, form]),
  );

  it.each(rows)("%s is a %s, wherever it stands", (prefix, type, form) => {
    const token = prefix + made(form.minLength, samples[form.characters]);
    const kept = form.keepsPrefix === true ? prefix : "";
    const placeholder = `${kept}REDACTED_${type.toUpperCase()}`;
    for (const [before, after] of [
      ["", ""],
      ["echo ", " | cat"],
      ["x='", "'; y"],
      ['{"a":"', '","b":1}'],
      ["first\\n", "\\nlast"],
      ["url?x%3D", "&y"],
    ]) {
      expect(text(`${before}${token}${after}`)).toBe(`${before}${placeholder}${after}`);
    }
  });

  it.each(rows)("%s is none where it is too short or too long", (prefix, _, form) => {
    const short = prefix + made(form.minLength - 1, samples[form.characters]);
    expect(text(short)).toBe(short);
    if (form.maxLength === undefined) return;
    const long = prefix + made(form.maxLength + 1, samples[form.characters]);
    expect(text(long)).toBe(long);
  });

  it("is told apart from words that merely end like its beginning", () => {
    for (const word of [`task-${made(30)}`, `risk-${made(30)}`, `X${"AKIA"}${made(16, "A2B3")}`]) {
      expect(text(word)).toBe(word);
    }
  });
});

describe("a secret", () => {
  it.each([
    // By its name: of a variable
    ["PGPASSWORD=swordfish psql -h db", "PGPASSWORD=REDACTED_PASSWORD psql -h db"],
    [
      "export API_KEY='abcd efgh' && run",
      "export API_KEY='REDACTED_API_KEY REDACTED_API_KEY' && run",
    ],
    ["docker run -e DB_PASSWORD=x1 img", "docker run -e DB_PASSWORD=REDACTED_PASSWORD img"],
    ["AWS_SECRET_ACCESS_KEY=wJalr/K7+x aws s3", "AWS_SECRET_ACCESS_KEY=REDACTED_ACCESS_KEY aws s3"],
    ["GITLAB_TOKEN_PROD=abc", "GITLAB_TOKEN_PROD=REDACTED_TOKEN"],
    ["MYSQL_ROOT_PASSWORD2=abc", "MYSQL_ROOT_PASSWORD2=REDACTED_PASSWORD"],
    ['bash -c "TOKEN=abc cmd" x', 'bash -c "TOKEN=REDACTED_TOKEN cmd" x'],
    ["bash -c 'TOKEN=\"a b\" cmd'", "bash -c 'TOKEN=\"REDACTED_TOKEN REDACTED_TOKEN\" cmd'"],
    ['TOKEN=ab"cd"ef x', 'TOKEN=REDACTED_TOKEN"REDACTED_TOKEN"REDACTED_TOKEN x'],
    ["PASSWORD=a\\ b c", "PASSWORD=REDACTED_PASSWORD\\ REDACTED_PASSWORD c"],
    ["PASSWORD='it;s&odd' x", "PASSWORD='REDACTED_PASSWORD;REDACTED_PASSWORD&REDACTED_PASSWORD' x"],
    ["AccountName=x;AccountKey=abc12==;y", "AccountName=x;AccountKey=REDACTED_ACCESS_KEY;y"],
    // of a member, an entry, a parameter
    ['{"api_key": "abc123def", "x": 1}', '{"api_key": "REDACTED_API_KEY", "x": 1}'],
    ['{"password":"two words"}', '{"password":"REDACTED_PASSWORD REDACTED_PASSWORD"}'],
    ['curl -d "{\\"token\\":\\"abc\\"}"', 'curl -d "{\\"token\\":\\"REDACTED_TOKEN\\"}"'],
    ["{'client_secret': 'x'}", "{'client_secret': 'REDACTED_SECRET'}"],
    ['don\'t say {"secret": "x1"}', 'don\'t say {"secret": "REDACTED_SECRET"}'],
    ["curl 'https://h/?access_token=abc&x=1'", "curl 'https://h/?access_token=REDACTED_TOKEN&x=1'"],
    ["password: hunter2", "password: REDACTED_PASSWORD"],
    ["a:\n  db_password: correcthorse\n", "a:\n  db_password: REDACTED_PASSWORD\n"],
    ["secret = 'abc'", "secret = 'REDACTED_SECRET'"],
    ["token = a1b2c3", "token = REDACTED_TOKEN"],
    ["the password: hunter2.", "the password: REDACTED_PASSWORD."],
    ['"password" => "x"', '"password" => "REDACTED_PASSWORD"'],
    // of an option
    ["login --password hunter2 --user me", "login --password REDACTED_PASSWORD --user me"],
    ["login --password=hunter2", "login --password=REDACTED_PASSWORD"],
    ["x --api-key 'abc def' y", "x --api-key 'REDACTED_API_KEY REDACTED_API_KEY' y"],
    ["x --client-secret abc", "x --client-secret REDACTED_SECRET"],
    ['["login", "--token", "abc"]', '["login", "--token", "REDACTED_TOKEN"]'],
    // By the program
    ["mysql -u root -phunter2 db", "mysql -u root -pREDACTED_PASSWORD_OPTION db"],
    ["curl -u me:hunter2 https://x", "curl -u me:REDACTED_PASSWORD_OPTION https://x"],
    [
      "curl -sS --user 'me:a b' u",
      "curl -sS --user 'me:REDACTED_PASSWORD_OPTION REDACTED_PASSWORD_OPTION' u",
    ],
    ["/usr/bin/curl -ume:x u", "/usr/bin/curl -ume:REDACTED_PASSWORD_OPTION u"],
    ["sshpass -p hunter2 ssh h", "sshpass -p REDACTED_PASSWORD_OPTION ssh h"],
    ["docker login -u me -p x1 r", "docker login -u me -p REDACTED_PASSWORD_OPTION r"],
    [
      "openssl rsa -passin pass:abc -in k",
      "openssl rsa -passin pass:REDACTED_PASSWORD_OPTION -in k",
    ],
    ["redis-cli -a abc ping", "redis-cli -a REDACTED_PASSWORD_OPTION ping"],
    // In URLs
    ["postgres://app:hunter2@db/x", "postgres://app:REDACTED_URL_PASSWORD@db/x"],
    ["redis://:p@ss@h", "redis://:REDACTED_URL_PASSWORD@h"],
    [
      "git clone https://me:s3&t@e.org/r",
      "git clone https://me:REDACTED_URL_PASSWORD&REDACTED_URL_PASSWORD@e.org/r",
    ],
    [`https://${made(24)}@e.org/r`, "https://REDACTED_URL_PASSWORD@e.org/r"],
    // In headers
    ["Authorization: Basic bWU6aHVudGVyMg==", "Authorization: Basic REDACTED_AUTHORIZATION"],
    [
      'curl -H "Authorization: Bearer abc" u',
      'curl -H "Authorization: Bearer REDACTED_AUTHORIZATION" u',
    ],
    ['{"Authorization": "token abc"}', '{"Authorization": "token REDACTED_AUTHORIZATION"}'],
    ["proxy-authorization: a1b2c3", "proxy-authorization: REDACTED_AUTHORIZATION"],
    [`send Bearer ${made(20)} then`, "send Bearer REDACTED_BEARER_TOKEN then"],
    ["curl -H 'Cookie: sid=ab; b=c' u", "curl -H 'Cookie: REDACTED_COOKIE; REDACTED_COOKIE' u"],
    ["curl -H 'X-Api-Key: abc1' u", "curl -H 'X-Api-Key: REDACTED_API_KEY' u"],
    // By itself
    [`x ${jwt} y`, "x REDACTED_JWT y"],
    [`TOKEN=${github}`, "TOKEN=REDACTED_GITHUB_TOKEN"],
    [`Authorization: Bearer ${openai}`, "Authorization: Bearer REDACTED_OPENAI_KEY"],
  ])("in %j", (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it("keeps its placeholder within a value; others of its type are numbered", () => {
    const other = `ghp_${made(36, "z9")}`;
    const given = { a: `${github} ${other}`, b: [other, github] };
    expect(redact(given).value).toEqual({
      a: "REDACTED_GITHUB_TOKEN REDACTED_GITHUB_TOKEN_2",
      b: ["REDACTED_GITHUB_TOKEN_2", "REDACTED_GITHUB_TOKEN"],
    });
  });

  it("is counted by type, and every type is a known one", () => {
    const { counts } = redact({ a: `${github} ${github}`, password: "x", b: "PGPASSWORD=y z" });
    expect(Object.fromEntries(counts)).toEqual({ github_token: 2, password: 2 });
    expect(detectors).toEqual(expect.arrayContaining([...counts.keys()]));
    expect(new Set(detectors).size).toBe(detectors.length);
  });
});

describe("a private key", () => {
  const line = made(64, "aB3+/x9Z");
  const pem = (label: string, glue: string, ...body: string[]) =>
    [`-----BEGIN ${label}-----`, ...body, `-----END ${label}-----`].join(glue);
  const label = `RSA ${"PRIVATE"} KEY`;
  const gone = "REDACTED_PRIVATE_KEY";

  it.each([
    ["as it is", pem(label, "\n", line, line, "abc="), pem(label, "\n", gone, gone, gone)],
    ["in one string", pem(label, "\\n", line, "abc="), pem(label, "\\n", gone, gone)],
    ["in a program", pem(label, '\\n" +\n"', line, "abc="), undefined],
    [
      "with headers",
      pem(label, "\n", "Proc-Type: 4,ENCRYPTED", "", line),
      pem(label, "\n", `${gone} ${gone}`, "", gone),
    ],
    [
      "of PGP",
      pem(`PGP ${label.slice(4)} BLOCK`, "\n", line, "=njUN"),
      pem(`PGP ${label.slice(4)} BLOCK`, "\n", gone, gone),
    ],
    ["that is short", pem(label, "\n", "abc", "def"), pem(label, "\n", gone, gone)],
    [
      "without its end",
      `x -----BEGIN ${label}-----\n${line}\n${line.slice(9)}`,
      `x -----BEGIN ${label}-----\n${gone}\n${gone}`,
    ],
  ])("%s goes with all its lines", (_, given, expected) => {
    const result = text(`cat <<E\n${given}\nE`);
    expect(result).not.toContain(line.slice(0, 16));
    if (expected !== undefined) expect(result).toBe(`cat <<E\n${expected}\nE`);
  });

  it.each([
    `grep -rl -- "-----BEGIN ${label}-----" src tests`,
    `-----BEGIN ${label.replace("PRIVATE", "PUBLIC")}-----\n${line}\n-----END`,
    `-----BEGIN CERTIFICATE-----\n${line}\n-----END CERTIFICATE-----`,
    `ssh-rsa ${line} me@host`,
  ])("is not in %j", (given) => {
    expect(text(given)).toBe(given);
  });
});

describe("JSON", () => {
  it.each<[string, Json, Json]>([
    [
      "members by their name, whole",
      { user: "me", password: "two words", list: [{ clientSecret: "x" }], "x-api-key": "y" },
      {
        user: "me",
        password: "REDACTED_PASSWORD",
        list: [{ clientSecret: "REDACTED_SECRET" }],
        "x-api-key": "REDACTED_API_KEY",
      },
    ],
    [
      "what is nested under such a name",
      { credentials: { id: "a", keys: ["b"] }, token: ["c", null, true, 5], password: 12345 },
      {
        credentials: { id: "REDACTED_CREDENTIAL", keys: ["REDACTED_CREDENTIAL_2"] },
        token: ["REDACTED_TOKEN", null, true, 5],
        password: "REDACTED_PASSWORD",
      },
    ],
    [
      "pairs of name and value",
      {
        headers: [
          { name: "Authorization", value: "a b" },
          { name: "Accept", value: "x" },
        ],
      },
      {
        headers: [
          { name: "Authorization", value: "REDACTED_AUTHORIZATION" },
          { name: "Accept", value: "x" },
        ],
      },
    ],
    [
      "the words of a command",
      ["login", "--password", "x y", "--name", "z"],
      ["login", "--password", "REDACTED_PASSWORD", "--name", "z"],
    ],
    ["names of members", { [github]: 1, b: 2 }, { REDACTED_GITHUB_TOKEN: 1, b: 2 }],
    [
      "names that become the same, kept apart",
      { REDACTED_GITHUB_TOKEN: 1, [github]: 2 },
      { REDACTED_GITHUB_TOKEN: 1, REDACTED_GITHUB_TOKEN_: 2 },
    ],
  ])("loses %s", (_, given, expected) => {
    expect(redact(given).value).toEqual(expected);
  });

  it.each<Json>([
    { properties: { password: { type: "string", description: "The password." } } },
    { password: "", token: null, secret: false, api_key: "$API_KEY", authToken: "<token>" },
    { nextPageToken: "abc123", max_token: "5", eos_token: "</s>", tokens: ["a"], tokenizer: "x" },
    { token: "REDACTED_TOKEN", password: "REDACTED_PASSWORD_2" },
    [{ a: ["plain", 1, null, { b: "text" }] }, [], {}, "--token"],
  ])("stays the very value: %j", (given) => {
    const { value, counts } = redact(given);
    expect(value).toBe(given);
    expect(counts.size).toBe(0);
  });

  it("keeps a member named __proto__ a member", () => {
    const given: Json = JSON.parse(`{"__proto__": {"password": "x"}, "a": "TOKEN=y z"}`);
    expect(JSON.stringify(redact(given).value)).toBe(
      '{"__proto__":{"password":"REDACTED_PASSWORD"},"a":"TOKEN=REDACTED_TOKEN z"}',
    );
  });

  it("is walked however deep it is nested", () => {
    let deep: Json = "PASSWORD=x y";
    for (let i = 0; i < 100_000; i += 1) deep = i % 2 === 0 ? [deep] : { a: deep };
    const { counts } = redact(deep);
    expect([...counts.keys()]).toEqual(["too_deep"]);
  });
});

describe("what is no secret", () => {
  it.each([
    "git checkout 3f786850e387550fdab836ed7e6dc881de23001b",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "550e8400-e29b-41d4-a716-446655440000",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
    "/home/me/src/keys/token_test.go:12: package keys",
    "https://example.org/a:b@c/d?page=2#token",
    "ssh://git@example.org/r.git git@example.org:r.git",
    "ls -la secrets/ && cat password.txt | grep token",
    "cat: /etc/passwd: Permission denied",
    "[sudo] password for me: ",
    "grep -rn 'api_key' src; grep 'password=' f && echo \"x\"",
    'echo "Password: "; read -s PASSWORD; echo "$PASSWORD"',
    "PASSWORD=$DB_PASSWORD psql",
    "export TOKEN=${TOKEN} KEY=$(cat key) SECRET=`x`",
    "TOKEN= cmd; TOKEN='' cmd",
    'curl -H "Authorization: Bearer $TOKEN" https://$USER:$PASS@h/',
    "token: string; password: boolean; secret?: Secret",
    "const secret = process.env.SECRET; const token = getToken();",
    'password = os.environ["PASSWORD"]; token = request.headers.token',
    "f(password=password, token=None, api_key=api_key)",
    "if (token == null || secret === other) throw new TokenError(token)",
    "a basic understanding of bearer bonds and bearer tokens",
    "authorization: required; see the authorization header",
    "the token: it is a word. The secret: work hard. password: the usual",
    "max_tokens: 4096, MAX_TOKENS=4096, token_count = 17, next_page_token=abc",
    "TOKENIZERS_PARALLELISM=false SECRET_FILE=/run/s PASSWORD_MIN_LENGTH=12 TOKEN_URL=https://h",
    "the option --token is needed; use --password to log in; --no-password db",
    "x --token <token> --password *** --secret $S --api-key-file f",
    "docker run -u 1000:1000 -p 8080:80 img; git push -u origin main:main",
    "mysql -u root -p db; curl -u $USER:$PASS x; curl -o a:b x",
    "the key is under the mat; keyboard: qwerty1",
    "cookie: chocolate",
    "1 + 1 = 2; a::b; x://y",
  ])("stays: %s", (given) => {
    expect(text(given)).toBe(given);
  });
});

describe("what a config adds", () => {
  const added = createRedactor(
    redactionSchema.parse({
      literals: ["correct horse", "Grüße-1", "AbCdEf"],
      tokens: [
        { name: "acme_token", prefix: "acme-", characters: "digits", minLength: 4, maxLength: 6 },
      ],
    }),
  );

  it.each([
    ["it is correct horse, yes", "it is REDACTED_LITERAL REDACTED_LITERAL, yes"],
    ["xGrüße-1x Correct horse", "xREDACTED_LITERALx Correct horse"],
    ["abcdef AbCdEf", "abcdef REDACTED_LITERAL"],
    ["acme-12345 acme-123 acme-1234567", "REDACTED_ACME_TOKEN acme-123 acme-1234567"],
  ])("in %j", (given, expected) => {
    expect(added.redact(given).value).toBe(expected);
  });

  it("is named among the types", () => {
    expect(added.detectors).toContain("acme_token");
  });

  it.each([
    { literals: ["short"] },
    { tokens: [{ name: "Acme", prefix: "acme-", minLength: 4 }] },
    { tokens: [{ name: "acme", prefix: "a", minLength: 4 }] },
    { patterns: ["(a+)+$"] },
  ])("is refused where it is %j", (given) => {
    expect(redactionSchema.safeParse(given).success).toBe(false);
  });
});

/** Everything between what means something to a shell becomes one letter. */
function shape(given: string): string {
  return given.replaceAll(/[^ \t\n\r\v\f\0"'`\\$;&|<>()#]+/g, "w");
}

const pieces = [
  github,
  openai,
  jwt,
  "PASSWORD=",
  "token:",
  '"secret": ',
  "--api-key",
  "REDACTED_TOKEN",
  "curl -u a:",
  "Authorization: Bearer ",
  "https://a:",
  "@",
  `-----BEGIN ${"PRIVATE"} KEY-----`,
  "-----END ",
  made(50),
  "hunter2",
  ..."'\"\\ \n=:;$({}&#x",
];
const composed = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8, unit: "binary" })), {
    maxLength: 16,
  })
  .map((parts) => parts.join(""));

describe("redaction, whatever the text", () => {
  it("keeps every character that means something to a shell, and so every word", () => {
    fc.assert(
      fc.property(composed, (given) => {
        expect(shape(text(given))).toBe(shape(given));
      }),
      { numRuns: 3000 },
    );
  });

  it("is done after once", () => {
    fc.assert(
      fc.property(composed, (given) => {
        const once = text(given);
        const { value, counts } = redact(once);
        expect(value).toBe(once);
        expect(counts.size).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });

  it("never lets a token through, whatever stands around it", () => {
    fc.assert(
      fc.property(composed, composed, (before, after) => {
        const result = text(`${before} ${github} ${after}`);
        expect(result).not.toContain(github);
      }),
      { numRuns: 1000 },
    );
  });

  const mebibyte = 1 << 20;
  it.each(
    [
      ...[
        "a",
        "key",
        "password=",
        "token=",
        "token='",
        "token={",
        'token="',
        'secret:"{{ ',
        "--token ",
      ],
      ...["https://a:", "://", "eyJ", "-eyJ", "eyJaaaaaaa.", "curl -u a: ", "curl ", "mysql -p"],
      ...[
        "glpat-",
        "sk-",
        "AKIA",
        "authorization:",
        "Authorization: Bearer ",
        "cookie:a=",
        "bearer a",
      ],
      ...["'", '"', "\\", '\\"token\\":', "REDACTED_TOKEN=", "PRIVATE KEY-----", "xoxb-1-"],
      ...[`-----BEGIN ${"PRIVATE"} KEY-----`, `-----BEGIN ${"PRIVATE"} KEY-----\naa `, "token=a("],
      ...["TOKEN_", "token.token.", "password: password: ", "'token='", "a_token_b_token"],
    ].map((piece) => [piece]),
  )(
    "takes time in proportion to its length: %j",
    (piece) => {
      // What is quadratic, or backtracks, takes minutes to hours here, and so never comes to its end.
      const given = piece.repeat(Math.ceil(mebibyte / piece.length));
      expect(shape(text(given)).length).toBe(shape(given).length);
    },
    20_000,
  );
});
