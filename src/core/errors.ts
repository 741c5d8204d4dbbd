// The one table of errors: a stable code, the HTTP status it becomes, and one sentence.

interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  /** What whoever sees it can do. */
  readonly fix: string;
}

export const errorTable = {
  // Decisions
  denied_by_policy: {
    status: 403,
    title: "The policy denies this call.",
    fix: "Do what the reason suggests instead; the rules that matched are named in `rules`.",
  },
  approval_unavailable: {
    status: 403,
    title: "The policy asks a person about this call, and nobody can be asked.",
    fix: "Choose a call that needs no approval, or change the rule named in `rules`.",
  },
  // Approvals, as the agent sees them
  approval_pending: {
    status: 409,
    title: "A person was asked about this call and has not answered yet; it was not carried out.",
    fix: "Send the identical call again in this trajectory: it waits on, and once approved it is carried out, once.",
  },
  approval_refused: {
    status: 403,
    title: "A person refused this call.",
    fix: "Do what `detail` says, or something else; the identical call stays refused for a while.",
  },
  approval_expired: {
    status: 403,
    title: "Nobody answered before the approval expired; the call was not carried out.",
    fix: "Choose a call that needs no approval, or send it again to ask anew.",
  },
  approval_cancelled: {
    status: 409,
    title: "The call was withdrawn while a person was being asked; it was not carried out.",
    fix: "Send it again if it is still wanted.",
  },
  approval_outdated: {
    status: 409,
    title:
      "What was approved is no longer what would be done or asked about; it was not carried out.",
    fix: "Send the call again: a person is asked anew.",
  },
  too_many_approvals: {
    status: 429,
    title: "As many calls of this agent wait for a person as may.",
    fix: "Wait for the answers to those; see `approvals.maxWaitingPerAgent`.",
  },
  // Approvals, as whoever answers sees them
  approval_not_found: {
    status: 404,
    title: "There is no such approval, or it was settled long ago.",
    fix: "`proctor approvals` lists those that wait.",
  },
  approval_settled: {
    status: 409,
    title: "The approval takes no answer any more.",
    fix: "The first answer stands; see `detail`.",
  },
  // Tools
  redefinition_not_found: {
    status: 404,
    title: "No tool has changed under this id.",
    fix: "`GET /v1/redefinitions` lists the tools that changed.",
  },
  // Trajectories and steps
  trajectory_busy: {
    status: 409,
    title: "Other calls of this trajectory kept changing what the decision rests on.",
    fix: "Send the call again, with fewer calls at once.",
  },
  trajectory_closed: {
    status: 409,
    title: "The trajectory has ended.",
    fix: "Use another name, or call again to open its successor.",
  },
  trajectory_unrecovered: {
    status: 503,
    title: "An outcome of this trajectory could not be recorded; it takes no call until recovered.",
    fix: "Wait until the store works again; recovery closes the open step.",
  },
  trajectory_not_found: {
    status: 404,
    title: "There is no such trajectory.",
    fix: "Check agent and name.",
  },
  trajectory_exists: {
    status: 409,
    title: "A trajectory of this agent and name is open already.",
    fix: "End it first, or use another name.",
  },
  too_many_trajectories: {
    status: 429,
    title: "This agent opens trajectories faster than its limit.",
    fix: "Keep to one trajectory for one task; see `trajectories.maxOpensPerMinute`.",
  },
  idempotency_mismatch: {
    status: 422,
    title: "This Idempotency-Key was used for another call.",
    fix: "Use a new key for a new call.",
  },
  idempotency_pending: {
    status: 409,
    title: "The first call with this Idempotency-Key has no outcome yet.",
    fix: "Ask again later.",
  },
  // Records
  store_unavailable: {
    status: 503,
    title: "The call could not be recorded, so it was not carried out.",
    fix: "Look at disk space and permissions of the data folder, and at the log.",
  },
  outcome_unrecorded: {
    status: 500,
    title: "The call was carried out, but its outcome could not be recorded.",
    fix: "Do not repeat it blindly; look at what it did. The trajectory takes no call until recovered.",
  },
  unsupported_record: {
    status: 500,
    title: "The store holds records of a newer format.",
    fix: "Use the version of proctor that wrote them, or a later one.",
  },
  // Upstreams
  upstream_unreachable: {
    status: 502,
    title: "The upstream could not be reached; nothing was carried out.",
    fix: "Start the upstream, or correct its URL in the config.",
  },
  upstream_failed: {
    status: 502,
    title: "The upstream broke off its answer; whether the call was carried out is not known.",
    fix: "Look at what the call did before repeating it.",
  },
  upstream_timeout: {
    status: 504,
    title: "The upstream did not answer in time; whether the call was carried out is not known.",
    fix: "Raise `timeoutMs` of the upstream, or look at what the call did before repeating it.",
  },
  upstream_response_too_large: {
    status: 502,
    title: "The upstream's answer is larger than `maxResponseBytes`.",
    fix: "Ask for less, or raise the limit of the upstream.",
  },
  // Requests
  malformed_json: {
    status: 400,
    title: "The body is not valid JSON.",
    fix: "Send one JSON document in UTF-8.",
  },
  duplicate_key: {
    status: 400,
    title: "A JSON object has the same member name twice.",
    fix: "Send each member once: two readers could read different calls.",
  },
  too_deep: {
    status: 400,
    title: "The JSON is nested too deeply.",
    fix: "Flatten it; see `limits.maxDepth`.",
  },
  too_large: {
    status: 413,
    title: "The request is too large.",
    fix: "Send less; see `limits.maxBodyBytes`.",
  },
  invalid_utf8: { status: 400, title: "The body is not valid UTF-8.", fix: "Encode it as UTF-8." },
  invalid_request: {
    status: 400,
    title: "The request has not the shape that this route takes.",
    fix: "Correct the fields that `detail` names.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The body is not sent as JSON.",
    fix: "Set Content-Type: application/json.",
  },
  unknown_tool: {
    status: 404,
    title: "There is no tool of this name.",
    fix: "GET /v1/tools lists them.",
  },
  invalid_arguments: {
    status: 400,
    title: "The arguments do not fit the tool's schema.",
    fix: "Correct the arguments that `detail` names.",
  },
  route_not_found: {
    status: 404,
    title: "There is no such route.",
    fix: "See the README for the routes.",
  },
  route_not_allowed: {
    status: 403,
    title: "No route of the config matches this request, and unmatched requests are refused.",
    fix: "Map the request to a tool in `upstreams.<name>.routes`.",
  },
  ambiguous_path: {
    status: 400,
    title:
      "The path could be read in two ways (encoded separator, dot or empty segment, override header).",
    fix: "Send the plain path.",
  },
  method_not_allowed: {
    status: 405,
    title: "The route does not take this method.",
    fix: "See the README for the routes.",
  },
  // Access
  unauthenticated: {
    status: 401,
    title: "A bearer token is needed.",
    fix: "Send Authorization: Bearer with the token of the agent.",
  },
  forbidden: {
    status: 403,
    title: "This token may not do that.",
    fix: "Use a token of the kind that `detail` names.",
  },
  foreign_host: {
    status: 421,
    title: "The Host header names another host.",
    fix: "Use the address that proctor listens on, or add the name to `allowedHosts`.",
  },
  foreign_origin: {
    status: 403,
    title: "The Origin header names a foreign site.",
    fix: "Browsers may call only from `allowedOrigins`.",
  },
  guard_unavailable: {
    status: 503,
    title: "No guard answers this door, so the call was not carried out.",
    fix: "Start `proctor serve`, or set PROCTOR_URL and PROCTOR_TOKEN_FILE to those of a running one.",
  },
  shutting_down: {
    status: 503,
    title: "proctor is shutting down and takes no new calls.",
    fix: "Call again after the restart.",
  },
  overloaded: {
    status: 503,
    title: "Too many calls are under way.",
    fix: "Call again later; see `limits.maxCallsInFlight`.",
  },
  // Configuration
  invalid_config: {
    status: 500,
    title: "The configuration is not valid.",
    fix: "Correct the fields that are named.",
  },
  invalid_policy: {
    status: 500,
    title: "The policy is not valid.",
    fix: "Correct the rules that are named.",
  },
  // Models
  model_not_declared: {
    status: 403,
    title: "No agent of this token runs this model.",
    fix: "Declare an agent with this `model` for the token, or one without a `model`, which may be any.",
  },
  provider_key_missing: {
    status: 401,
    title: "There is no key to send to the provider.",
    fix: "Send the agent token in `Proctor-Token` and the provider's key as usual, or give proctor the key: `llm.*.keyFile`.",
  },
  // The rest
  internal: {
    status: 500,
    title: "proctor failed; the call was not carried out.",
    fix: "Look at the log.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** A failure with a code of the table. `message` is the detail: one sentence that names the thing. */
export class ProctorError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.name = "ProctorError";
    this.code = code;
  }
}

export function asProctorError(error: unknown): ProctorError {
  if (error instanceof ProctorError) return error;
  const detail = messageOf(error);
  return new ProctorError("internal", detail, { cause: error });
}

/** Where several addresses were tried, Node puts the reasons in an AggregateError without a message. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(messageOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}
