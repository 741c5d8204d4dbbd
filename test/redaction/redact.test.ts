// Secrets out, everything else left alone, in linear time.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/redaction/index.ts";

const { redact } = createRedactor({ literals: ["correct horse battery"] });
const text = (given: string) => redact(given).value;

/** Made up, of the right form; in two parts, so that no scanner takes them for real. */
const secrets = {
  github: `ghp_${"a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36)}`,
  aws: `AKIA${"ABCDEFGH23456789"}`,
  anthropic: `sk-ant-${"api03-abcdefghijklmnopqrst"}`,
  openai: `sk-${"proj-abcdefghijklmnopqrstuvwx1234"}`,
  slack: `xoxb-${"123456789012-abcdefghijkl"}`,
  google: `AIza${"SyA1234567890abcdefghijklmnopqrstuv"}`,
  npm: `npm_${"abcdefghijklmnopqrstuvwxyz0123456789"}`,
  jwt: `eyJ${"hbGciOiJIUzI1NiJ9"}.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl`,
  proctor: `pt_agent_${"abcdefghijklmnopqrstuvwxyz0123"}`,
};

describe("a secret", () => {
  it.each(Object.entries(secrets))(
    "of the form of %s is taken out, wherever it stands",
    (_, secret) => {
      for (const around of [
        `${secret}`,
        `x ${secret} y`,
        `KEY="${secret}"`,
        `curl -H 'X: ${secret}' u`,
      ]) {
        const redacted = text(around.replace("KEY", "X"));
        expect(redacted).not.toContain(secret);
        expect(redacted).toMatch(/REDACTED_[A-Z_]+/);
      }
    },
  );

  it.each([
    ["postgres://app:hunter2@db/x", "postgres://app:REDACTED_URL_PASSWORD@db/x"],
    [
      "git clone https://me:s3cret@example.org/r.git",
      "git clone https://me:REDACTED_URL_PASSWORD@example.org/r.git",
    ],
    ["PGPASSWORD=swordfish psql -h db", "PGPASSWORD=REDACTED_ASSIGNED_SECRET psql -h db"],
    ["export API_KEY='abcd-efgh' && run", "export API_KEY='REDACTED_ASSIGNED_SECRET' && run"],
    ["login --password hunter2 --user me", "login --password REDACTED_PASSWORD_OPTION --user me"],
    ["login --password=hunter2", "login --password=REDACTED_PASSWORD_OPTION"],
    ["mysql -u root -phunter2 db", "mysql -u root -pREDACTED_PASSWORD_OPTION db"],
    ["curl -u me:hunter2 https://x", "curl -u me:REDACTED_USER_PASSWORD https://x"],
    ["Authorization: Basic bWU6aHVudGVyMg==", "Authorization: Basic REDACTED_AUTHORIZATION"],
    ["password: hunter2", "password: REDACTED_ASSIGNED_SECRET"],
    ['{"api_key": "abc123def"}', '{"api_key": "REDACTED_ASSIGNED_SECRET"}'],
    ["it is correct horse battery, yes", "it is REDACTED_LITERAL, yes"],
  ])("in %j", (given, expected) => {
    expect(text(given)).toBe(expected);
  });

  it("named by its member is taken out whole", () => {
    expect(
      redact({ user: "me", password: "two words", nested: [{ client_secret: "x" }] }).value,
    ).toEqual({
      user: "me",
      password: "REDACTED_MEMBER",
      nested: [{ client_secret: "REDACTED_MEMBER" }],
    });
  });

  it("that is a private key goes with all its lines, also without an end", () => {
    const pem = `-----BEGIN ${"OPENSSH PRIVATE KEY"}-----\nabc\ndef\n-----END OPENSSH PRIVATE KEY-----`;
    expect(text(`cat <<E\n${pem}\nE`)).toBe("cat <<E\nREDACTED_PRIVATE_KEY\nE");
    expect(text(`${pem.slice(0, 50)}`)).toBe("REDACTED_PRIVATE_KEY");
  });

  it("is counted by detector", () => {
    expect([...redact(`${secrets.github} ${secrets.github}`).counts]).toEqual([
      ["github_token", 2],
    ]);
  });
});

describe("what is no secret", () => {
  it.each([
    "git checkout 3f786850e387550fdab836ed7e6dc881de23001b",
    "550e8400-e29b-41d4-a716-446655440000",
    "token: string; password: boolean",
    "const secret = process.env.SECRET",
    'password = os.environ["PASSWORD"]',
    "PASSWORD=$DB_PASSWORD psql",
    "export TOKEN=${TOKEN}",
    "a basic understanding of bearer bonds and tokens",
    "/home/me/src/keys/token_test.go",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg",
    "https://example.org/a:b@c/d",
    "ls -la secrets/ && cat password.txt",
    "grep -rn 'api_key' src",
    "the key is under the mat",
    "max_tokens: 4096",
  ])("stays: %s", (given) => {
    expect(text(given)).toBe(given);
  });
});

describe("redaction", () => {
  it("is idempotent, and keeps the number of words of a command", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...Object.values(secrets),
        "PASSWORD=hunter2x",
        "a:b@c",
        "--token",
        "x",
        "'",
        '"',
        "\n",
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const given = pieces.join(" ");
        const once = text(given);
        expect(text(once)).toBe(once);
        if (!given.includes("PRIVATE KEY") && !given.includes("correct horse")) {
          expect(once.split(/\s+/).length).toBe(given.split(/\s+/).length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("returns the very value where there is nothing to take out", () => {
    const value = { a: ["plain", 1, null, { b: "text" }] };
    expect(redact(value).value).toBe(value);
  });

  it.each([
    ["a", "a".repeat(1 << 20)],
    ["key", "key".repeat(1 << 18)],
    ["password=", "password=".repeat(1 << 17)],
    ["https://a:", "https://a:".repeat(1 << 17)],
    ["eyJ", "eyJ".repeat(1 << 18)],
    ["-u a:", "curl -u a: ".repeat(1 << 16)],
    ["BEGIN", "-----BEGIN PRIVATE KEY-----".repeat(1 << 15)],
  ])("takes time linear in its text: %s", (_, given) => {
    // A pattern that backtracks takes hours here, and so never comes to its end.
    expect(text(given).length).toBeGreaterThan(0);
  });
});
