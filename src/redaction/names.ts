// Which names say of a value that it is a secret, and of which type it then is.

interface NamedType {
  readonly type: string;
  /** A name ends with one of these, whatever stands before; `_` and `-` do not count. */
  readonly words: readonly string[];
}

/** One row for each type. The first row that fits decides. */
const namedTypes: readonly NamedType[] = [
  { type: "password", words: ["password", "passwd", "passphrase", "passcode"] },
  { type: "api_key", words: ["api_key", "api-key", "apikey"] },
  {
    type: "access_key",
    words: ["access_key", "access-key", "accesskey", "account_key", "account-key", "accountkey"],
  },
  { type: "private_key", words: ["private_key", "private-key", "privatekey"] },
  {
    type: "secret",
    words: [
      ...["secret", "secret_key", "secret-key", "secretkey", "signing_key", "encryption_key"],
      ...["master_key", "auth_key", "authkey", "x-amz-signature", "x-goog-signature"],
    ],
  },
  { type: "token", words: ["token"] },
  { type: "credential", words: ["credential", "credentials"] },
];

/** Of a member of JSON these say it as well. In a text they are headers, and have a detector. */
const headers: readonly NamedType[] = [
  { type: "authorization", words: ["authorization"] },
  { type: "cookie", words: ["cookie"] },
];

/** Names with such an ending are about something else: positions in a list, words of a model. */
const otherTokens = [
  ...["page", "next", "continuation", "sync", "start", "end", "cursor", "cancellation"],
  ...["eos", "bos", "pad", "unk", "sep", "cls", "mask", "stop", "max", "min", "special", "per"],
].map((kind) => `${kind}token`);

/** In capitals a name may go on behind the word: `TOKEN_PROD`. With these it is about a secret. */
const aboutSecret =
  /_?(?:FILE|PATH|DIR|URL|URI|HOST|NAME|ID|TYPE|LEN(?:GTH)?|SIZE|COUNT|LIMIT|EXPIR[A-Z]*|TTL|AGE|HASH|VERSION|REGEX|PATTERN|FIELD|HEADER|PARAM|POLICY|CMD|COMMAND)$/;

export const secretWords: readonly string[] = namedTypes.flatMap(({ words }) => words);
export const namedTypeNames: readonly string[] = namedTypes.map(({ type }) => type);
export const memberTypeNames: readonly string[] = [...namedTypes, ...headers].map(
  ({ type }) => type,
);

/** The type of what a name in a text is given; undefined: the name says nothing. */
export function typeOfName(name: string): string | undefined {
  const isVariable = /^[A-Z0-9_]+$/.test(name) && !aboutSecret.test(name);
  return typeByEnding(isVariable ? withoutSuffix(name) : name, namedTypes);
}

/** The type of the value of a member; undefined: the name says nothing. */
export function typeOfMember(name: string): string | undefined {
  return typeByEnding(name, [...namedTypes, ...headers]);
}

function typeByEnding(name: string, types: readonly NamedType[]): string | undefined {
  const plain = plainly(name);
  if (otherTokens.some((other) => plain.endsWith(other))) return undefined;
  return types.find(({ words }) => words.some((word) => plain.endsWith(plainly(word))))?.type;
}

/** `TOKEN` of `TOKEN_PROD` and of `TOKEN2`; all of `TOKENIZER`. */
function withoutSuffix(name: string): string {
  const lower = name.toLowerCase();
  const words = secretWords.filter((word) => lower.includes(word));
  const end = Math.max(0, ...words.map((word) => lower.lastIndexOf(word) + word.length));
  return /^(?:[0-9_]|$)/.test(name.slice(end)) ? name.slice(0, end) : name;
}

function plainly(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, "").toLowerCase();
}
