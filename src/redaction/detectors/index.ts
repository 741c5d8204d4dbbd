// The detectors that exist. Where two of them find overlapping secrets the earlier one names them.

import type { Detector } from "./detector.ts";
import { authorization, bearer, cookie } from "./headers.ts";
import { jwt } from "./jwt.ts";
import { createLiteralDetector } from "./literals.ts";
import { named } from "./named.ts";
import { privateKey } from "./private-key.ts";
import { programs } from "./programs.ts";
import type { TokenForm } from "./tokens.ts";
import { createTokenDetector, tokenForms } from "./tokens.ts";
import { urlPassword } from "./url.ts";

export type { Detector, Span } from "./detector.ts";
export type { TokenForm } from "./tokens.ts";

export function createDetectors(
  literals: readonly string[],
  forms: readonly TokenForm[],
): readonly Detector[] {
  return [
    createLiteralDetector(literals),
    createTokenDetector([...forms, ...tokenForms]),
    privateKey,
    jwt,
    urlPassword,
    authorization,
    bearer,
    cookie,
    programs,
    named,
  ];
}
