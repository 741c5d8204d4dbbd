// What every page has around it.

import type { Child } from "hono/jsx";
import type { Session } from "../sessions.ts";

/** Addresses of the bundled files. */
export interface AssetPaths {
  readonly styles: readonly string[];
  readonly script: string;
}

export interface Frame {
  readonly assets: AssetPaths;
  /** Absent: nobody is logged in. */
  readonly session?: Session;
  /** Calls that wait for a person. */
  readonly waiting: number;
}

export interface PageParts {
  readonly title: string;
  readonly frame: Frame;
  /** Path of the page in the navigation. */
  readonly at?: string;
  /** Where its news come from; absent: it does not change. */
  readonly live?: string;
  /** Above what is live: forms that a person fills in. */
  readonly head?: Child;
  readonly children: Child;
}

const places = [
  ["/", "Overview"],
  ["/trajectories", "Trajectories"],
  ["/approvals", "Approvals"],
  ["/policy", "Policy"],
] as const;

export function Page({ title, frame, at, live, head, children }: PageParts) {
  const { assets, session, waiting } = frame;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${waiting > 0 ? `(${waiting}) ` : ""}${title} · proctor`}</title>
        <link rel="icon" href="data:," />
        {assets.styles.map((path) => (
          <link rel="stylesheet" href={path} />
        ))}
        <script type="module" src={assets.script} />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        {session === undefined ? null : (
          <header class="top">
            <a class="brand" href="/">
              proctor
            </a>
            <nav aria-label="Pages" id="nav" data-live-part="">
              {places.map(([path, name]) => (
                <a href={path} aria-current={at === path ? "page" : undefined}>
                  {name}
                  {path === "/approvals" && waiting > 0 ? (
                    <span class="count" title={`${waiting} waiting`}>
                      {waiting}
                    </span>
                  ) : null}
                </a>
              ))}
            </nav>
            <span class="spring" />
            {live === undefined ? null : (
              <span id="live-state" class="live-state" role="status" data-state="stale">
                connecting
              </span>
            )}
            <span class="soft who">
              {session.principal.token} ({session.principal.kind})
            </span>
            <form method="post" action="/logout">
              <input type="hidden" name="csrf" value={session.csrf} />
              <button type="submit" class="plain">
                Log out
              </button>
            </form>
          </header>
        )}
        <main id="content">
          {head}
          <div id="live" data-live={live}>
            {children}
          </div>
        </main>
      </body>
    </html>
  );
}
