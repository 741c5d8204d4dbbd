// What a client is told while its call waits for a person, so that nothing on the way takes it for dead.

import { isJsonObject, type Json } from "../../core/json.ts";
import { eventText } from "./events.ts";
import type { RpcRequest } from "./message.ts";
import type { Outlet } from "./outlet.ts";

export interface Patience {
  /** A person is asked. */
  begin(): void;
  /** The call goes on, or has ended. */
  end(): void;
}

/** The server's own progress comes after it and must be more (2025-11-25, "Progress"). */
const least = 1e-9;

const stream = { "content-type": "text/event-stream" };

/** The answer becomes a stream, with comments; and with progress for a client that asks for it. */
export function createPatience(
  outlet: Outlet,
  everyMs: number,
  { params }: Pick<RpcRequest, "params">,
): Patience {
  const progressToken = tokenOf(params._meta);
  let timer: NodeJS.Timeout | undefined;
  let told = 0;

  function tell(): void {
    told += 1;
    const message = "A person has been asked whether this call may be carried out.";
    const progress = { progressToken, progress: told * least, message };
    void outlet.write(
      eventText({ jsonrpc: "2.0", method: "notifications/progress", params: progress }),
    );
  }

  return {
    begin() {
      if (!outlet.isOpen()) outlet.open(stream);
      if (progressToken === undefined) return;
      tell();
      timer ??= setInterval(tell, everyMs);
    },
    end: () => clearInterval(timer),
  };
}

function tokenOf(meta: Json | undefined): Json | undefined {
  return isJsonObject(meta) ? meta.progressToken : undefined;
}
