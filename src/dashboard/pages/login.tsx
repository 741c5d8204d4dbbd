// The log-in form, and the page of an error.

import type { ErrorCode } from "../../core/errors.ts";
import { errorTable } from "../../core/errors.ts";
import { type Frame, Page } from "./layout.tsx";

export function LoginPage({
  frame,
  next,
  problem,
}: {
  frame: Frame;
  next: string;
  problem?: string;
}) {
  return (
    <Page title="Log in" frame={frame}>
      <section class="card narrow">
        <h1>proctor</h1>
        <p class="soft">
          Log in with a token of kind viewer, approver or admin. The admin token of a default set-up
          is in <code>.proctor/admin.token</code>.
        </p>
        {problem === undefined ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <form method="post" action="/login" class="stack">
          <input type="hidden" name="next" value={next} />
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            required
            autocomplete="current-password"
            autofocus
          />
          <button type="submit">Log in</button>
        </form>
      </section>
    </Page>
  );
}

export function ErrorPage({
  frame,
  code,
  detail,
}: {
  frame: Frame;
  code: ErrorCode;
  detail: string;
}) {
  const { title, fix, status } = errorTable[code];
  return (
    <Page title={title} frame={frame}>
      <section class="card narrow">
        <h1>{title}</h1>
        <p>{detail}</p>
        <p class="soft">{fix}</p>
        <p class="soft">
          <code>{code}</code>, HTTP {status}
        </p>
      </section>
    </Page>
  );
}
