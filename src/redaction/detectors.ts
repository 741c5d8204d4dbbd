// The secrets that proctor knows, as data. Every pattern is bounded in what it may look back and
// ahead, so that the time is linear in the text, and takes no blank and no quote: a command keeps its
// words.

/** One kind of secret. The whole match is the secret, or the group named `secret`. */
export interface Detector {
  /** In metrics, and in the placeholder: `REDACTED_GITHUB_TOKEN`. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Says of a candidate that it is none. */
  readonly except?: (secret: string) => boolean;
}

/** A value that somebody wrote in place of one: a reference, a type, a word of a language. */
function isReference(text: string): boolean {
  return (
    /^[$%<{*]|^REDACTED_|^(?:process|os|env|self|this|config|settings|args)[.[]/i.test(text) ||
    plainWords.has(text.toLowerCase())
  );
}

const plainWords = new Set(
  "true false null none undefined nil string number boolean bytes object required optional default changeme example placeholder redacted hidden unset empty".split(
    " ",
  ),
);

/** In prose and code a name with a colon is followed by words; a secret has a digit or odd letters. */
function isPlainWord(text: string): boolean {
  return isReference(text) || /^[A-Za-z]?[a-z]+[.:]?$/.test(text) || /^[\d.]+$/.test(text);
}

const secretName =
  "(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|client[_-]?secret)";
const value = "[^\\s\"'`,;&|<>(){}\\\\]{4,1024}";

export const detectors: readonly Detector[] = [
  { name: "aws_access_key_id", pattern: /\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b/g },
  {
    name: "github_token",
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b/g,
  },
  { name: "gitlab_token", pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_-]{20,255}/g },
  { name: "slack_token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  {
    name: "slack_webhook",
    pattern:
      /(?<=hooks\.slack\.com\/services\/)[A-Za-z0-9]{5,20}\/[A-Za-z0-9]{5,20}\/[A-Za-z0-9]{10,64}/g,
  },
  { name: "anthropic_key", pattern: /\bsk-ant-[A-Za-z0-9_-]{16,255}/g },
  { name: "openai_key", pattern: /\bsk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,255}/g },
  { name: "google_api_key", pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { name: "google_oauth_token", pattern: /\bya29\.[A-Za-z0-9_-]{20,512}/g },
  { name: "npm_token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: "pypi_token", pattern: /\bpypi-[A-Za-z0-9_-]{32,512}/g },
  { name: "stripe_key", pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g },
  { name: "sendgrid_key", pattern: /\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,128}/g },
  { name: "huggingface_token", pattern: /\bhf_[A-Za-z0-9]{30,255}\b/g },
  {
    name: "proctor_token",
    pattern: /\bpt_(?:agent|harness|viewer|approver|metrics|admin)_[A-Za-z0-9_-]{20,128}/g,
  },
  {
    name: "jwt",
    pattern: /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,8192}(?:\.[A-Za-z0-9_-]{0,1024})?/g,
  },
  {
    name: "url_password",
    pattern: /(?<=[a-z0-9]:\/\/[^\s/:@"'`]{0,128}:)[^\s/@"'`]{1,512}(?=@[^\s@])/gi,
    except: isReference,
  },
  {
    name: "authorization",
    pattern:
      /\b(?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:[a-z]{3,16}\s{1,4})?(?<secret>[A-Za-z0-9._~+/-]{6,4096}={0,2})/gi,
    except: isReference,
  },
  {
    name: "bearer_token",
    pattern: /\bBearer\s{1,4}(?<secret>[A-Za-z0-9._~+/-]{16,4096}={0,2})/g,
    except: isReference,
  },
  {
    name: "password_option",
    pattern: new RegExp(
      `(?<=\\s)--?(?:[a-z]{1,24}-){0,3}${secretName}(?:=|\\s{1,4})["']?(?<secret>(?!-)${value})`,
      "gi",
    ),
    except: isReference,
  },
  {
    name: "password_option",
    pattern: /\bmysql(?:dump|admin)?\s(?:[^\n|;&]{0,256}\s)?-p(?<secret>[^\s"'`|;&]{3,256})/g,
    except: isReference,
  },
  {
    name: "user_password",
    pattern:
      /\b(?:curl|wget)\s(?:[^\n|;&]{0,256}\s)?(?:-u|--user)(?:=|\s{0,4})["']?[^\s:"'`]{1,128}:(?<secret>[^\s"'`]{1,256})/g,
    except: isReference,
  },
  {
    name: "user_password",
    pattern: /\bsshpass\s{1,4}-p\s{0,4}["']?(?<secret>[^\s"'`]{1,256})/g,
    except: isReference,
  },
  {
    // The environment's form: a name in capitals, and no blank around the sign.
    name: "assigned_secret",
    pattern: new RegExp(
      `\\b[A-Z0-9_]{0,64}(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|PWD_SECRET)[A-Z0-9_]{0,32}=["']?(?<secret>${value})`,
      "g",
    ),
    except: isReference,
  },
  {
    name: "assigned_secret",
    pattern: new RegExp(
      `(?<![a-z0-9])[a-z0-9_.-]{0,32}${secretName}["']?(?:\\s{0,2}:?=\\s{0,2}|:\\s{0,2})["']?(?<secret>${value})`,
      "gi",
    ),
    except: isPlainWord,
  },
];

/** What every secret above has somewhere: a text without any of these is passed as it is. */
export const trigger =
  /AKIA|ASIA|AGPA|AIDA|AROA|gh[pousr]_|_pat_|gl[a-z]{2,4}-|xox|hooks\.slack|sk-|AIza|ya29|npm_|pypi-|k_live|k_test|SG\.|hf_|pt_|eyJ|:\/\/|bearer|authorization|pass|secret|token|key|credential|mysql|sshpass|-u|--user|PRIVATE/i;

/** Members whose string value is a secret by their name alone. */
export const secretMember =
  /^(?:.*[_-])?(?:password|passwd|passphrase|secret|(?:access|auth|refresh|id|api|bearer|session)[_-]?token|api[_-]?key|apikey|secret[_-]?key|private[_-]?key|client[_-]?secret|authorization)$/i;
