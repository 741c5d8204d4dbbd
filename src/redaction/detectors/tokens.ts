// Tokens that say by their beginning what they are. One row each; nothing here can be slow, since a
// row is a beginning, a set of characters and a length.

import type { Alphabet } from "../characters.ts";
import { alphabets, endOfRun, isIn, wordCharacter } from "../characters.ts";
import type { Source } from "../source.ts";
import type { Detector, Span } from "./detector.ts";
import { nothing } from "./detector.ts";

export interface TokenForm {
  readonly type: string;
  readonly prefixes: readonly string[];
  /** What follows the prefix. */
  readonly characters: Alphabet;
  readonly minLength: number;
  /** A longer run is something else. Default: as long as it goes on. */
  readonly maxLength?: number;
  /** The prefix is unlike anything else, and counts in the middle of a word too. */
  readonly anywhere?: true;
  /** The prefix is no secret, and stays. */
  readonly keepsPrefix?: true;
}

const exactly = (length: number) => ({ minLength: length, maxLength: length });

/**
 * From the vendors' documentation of their own formats and from the rules of gitleaks and of
 * GitHub's secret scanning (https://docs.github.com/code-security/secret-scanning), 2026.
 */
export const tokenForms: readonly TokenForm[] = [
  {
    type: "aws_access_key_id",
    prefixes: ["AKIA", "ASIA", "ABIA", "ACCA"],
    characters: "upperAlphanumeric",
    ...exactly(16),
  },
  {
    type: "github_token",
    prefixes: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    characters: "alphanumeric",
    minLength: 36,
    anywhere: true,
  },
  {
    type: "github_token",
    prefixes: ["github_pat_"],
    characters: "base64url",
    minLength: 22,
    anywhere: true,
  },
  {
    type: "gitlab_token",
    prefixes: [
      "glpat-",
      "gldt-",
      "glrt-",
      "glcbt-",
      "glptt-",
      "glft-",
      "glimt-",
      "glagent-",
      "glsoat-",
      "gloas-",
    ],
    characters: "base64url",
    minLength: 20,
    anywhere: true,
  },
  {
    type: "slack_token",
    prefixes: ["xoxa-", "xoxb-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
    characters: "base64url",
    minLength: 10,
    anywhere: true,
  },
  {
    type: "slack_webhook",
    prefixes: ["hooks.slack.com/services/", "hooks.slack.com/workflows/"],
    characters: "base64",
    minLength: 20,
    anywhere: true,
    keepsPrefix: true,
  },
  {
    type: "discord_webhook",
    prefixes: ["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
    characters: "token68",
    minLength: 60,
    anywhere: true,
    keepsPrefix: true,
  },
  {
    type: "anthropic_key",
    prefixes: ["sk-ant-"],
    characters: "base64url",
    minLength: 16,
    anywhere: true,
  },
  {
    type: "openai_key",
    prefixes: ["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"],
    characters: "base64url",
    minLength: 20,
    anywhere: true,
  },
  { type: "openai_key", prefixes: ["sk-"], characters: "alphanumeric", minLength: 20 },
  { type: "openrouter_key", prefixes: ["sk-or-v1-"], characters: "hex", minLength: 32 },
  { type: "groq_key", prefixes: ["gsk_"], characters: "alphanumeric", minLength: 40 },
  { type: "xai_key", prefixes: ["xai-"], characters: "alphanumeric", minLength: 40 },
  { type: "perplexity_key", prefixes: ["pplx-"], characters: "alphanumeric", minLength: 40 },
  { type: "huggingface_token", prefixes: ["hf_"], characters: "alphanumeric", minLength: 30 },
  { type: "replicate_token", prefixes: ["r8_"], characters: "alphanumeric", minLength: 30 },
  {
    type: "google_api_key",
    prefixes: ["AIza"],
    characters: "base64url",
    ...exactly(35),
    anywhere: true,
  },
  { type: "google_oauth_token", prefixes: ["ya29."], characters: "token68", minLength: 20 },
  { type: "google_oauth_secret", prefixes: ["GOCSPX-"], characters: "base64url", minLength: 24 },
  { type: "npm_token", prefixes: ["npm_"], characters: "alphanumeric", ...exactly(36) },
  { type: "pypi_token", prefixes: ["pypi-"], characters: "base64url", minLength: 32 },
  { type: "rubygems_key", prefixes: ["rubygems_"], characters: "hex", ...exactly(48) },
  {
    type: "stripe_key",
    prefixes: ["sk_live_", "sk_test_", "rk_live_", "rk_test_"],
    characters: "alphanumeric",
    minLength: 16,
    anywhere: true,
  },
  { type: "webhook_secret", prefixes: ["whsec_"], characters: "base64", minLength: 24 },
  { type: "sendgrid_key", prefixes: ["SG."], characters: "token68", minLength: 50 },
  {
    type: "digitalocean_token",
    prefixes: ["dop_v1_", "doo_v1_", "dor_v1_"],
    characters: "hex",
    ...exactly(64),
  },
  {
    type: "docker_token",
    prefixes: ["dckr_pat_", "dckr_oat_"],
    characters: "base64url",
    minLength: 20,
  },
  { type: "databricks_token", prefixes: ["dapi"], characters: "hex", ...exactly(32) },
  {
    type: "shopify_token",
    prefixes: ["shpat_", "shpca_", "shppa_", "shpss_"],
    characters: "hex",
    ...exactly(32),
  },
  {
    type: "vault_token",
    prefixes: ["hvs.", "hvb.", "hvr."],
    characters: "base64url",
    minLength: 24,
  },
  { type: "grafana_token", prefixes: ["glsa_", "glc_"], characters: "token68", minLength: 32 },
  { type: "linear_key", prefixes: ["lin_api_"], characters: "alphanumeric", minLength: 32 },
  { type: "postman_key", prefixes: ["PMAK-"], characters: "base64url", minLength: 40 },
  { type: "new_relic_key", prefixes: ["NRAK-"], characters: "alphanumeric", minLength: 20 },
  { type: "figma_token", prefixes: ["figd_"], characters: "base64url", minLength: 30 },
  { type: "notion_token", prefixes: ["ntn_"], characters: "alphanumeric", minLength: 40 },
  { type: "supabase_token", prefixes: ["sbp_"], characters: "hex", ...exactly(40) },
  { type: "atlassian_token", prefixes: ["ATATT3"], characters: "token68", minLength: 100 },
  { type: "sentry_token", prefixes: ["sntrys_"], characters: "token68", minLength: 60 },
  {
    type: "planetscale_token",
    prefixes: ["pscale_tkn_", "pscale_pw_", "pscale_oauth_"],
    characters: "token68",
    minLength: 30,
  },
  {
    type: "age_key",
    prefixes: ["AGE-SECRET-KEY-1"],
    characters: "upperAlphanumeric",
    minLength: 50,
  },
  {
    type: "proctor_token",
    prefixes: [
      "pt_agent_",
      "pt_harness_",
      "pt_viewer_",
      "pt_approver_",
      "pt_metrics_",
      "pt_admin_",
    ],
    characters: "base64url",
    minLength: 20,
    anywhere: true,
  },
];

export function createTokenDetector(forms: readonly TokenForm[]): Detector {
  const byPrefix = new Map<string, TokenForm[]>();
  for (const form of forms) {
    for (const prefix of form.prefixes) {
      const folded = prefix.toLowerCase();
      byPrefix.set(folded, [...(byPrefix.get(folded) ?? []), form]);
    }
  }
  return {
    types: [...new Set(forms.map(({ type }) => type))],
    triggers: [...byPrefix.keys()],
    find({ text }: Source, start, end) {
      const prefix = text.slice(start, end);
      for (const form of byPrefix.get(prefix.toLowerCase()) ?? []) {
        const span = tokenAt(text, form, prefix, start);
        if (span !== undefined) return [span];
      }
      return nothing;
    },
  };
}

function tokenAt(text: string, form: TokenForm, prefix: string, start: number): Span | undefined {
  if (!form.prefixes.includes(prefix)) return undefined;
  if (form.anywhere !== true && !isBoundary(text, start)) return undefined;
  const body = start + prefix.length;
  const end = endOfRun(alphabets[form.characters], text, body, limitOf(form, text, body));
  const length = end - body;
  if (length < form.minLength || length > (form.maxLength ?? length)) return undefined;
  return { start: form.keepsPrefix === true ? body : start, end, type: form.type };
}

/** One character more than the longest is enough to know that it is too long. */
function limitOf({ maxLength }: TokenForm, text: string, body: number): number {
  return maxLength === undefined ? text.length : Math.min(text.length, body + maxLength + 1);
}

/** Does a word begin here? After `\n` in a quoted text and after `%3D` in a URL one does, too. */
function isBoundary(text: string, start: number): boolean {
  if (!isIn(wordCharacter, text, start - 1)) return true;
  if (text.charAt(start - 2) === "\\" && "nrt".includes(text.charAt(start - 1))) return true;
  return text.charAt(start - 3) === "%";
}
