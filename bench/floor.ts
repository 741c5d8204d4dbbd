// What records alone cost, at the least: the pass-through, and for each call two records of its bare
// bodies in a chain, in SQLite, committed in groups by a worker before the answer leaves, and synced
// before a change. Nothing is parsed, judged, redacted or counted: a guard that keeps such records
// cannot cost less.

import { createHmac } from "node:crypto";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { Pool } from "undici";
import { openDatabase } from "../src/store/sqlite/driver.ts";

const key = "floor";

interface Parcel {
  readonly synced: boolean;
  readonly records: readonly string[];
}

/** Resolves when the records of the parcel are committed; what waits meanwhile goes in one message. */
function createRecorder(file: string): (parcel: Parcel) => Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: file });
  let waiting: { readonly parcel: Parcel; readonly resolve: () => void }[] = [];
  let underWay: typeof waiting = [];
  function send(): void {
    if (underWay.length > 0 || waiting.length === 0) return;
    underWay = waiting;
    waiting = [];
    worker.postMessage(underWay.map(({ parcel }) => parcel));
  }
  worker.on("message", () => {
    for (const { resolve } of underWay) resolve();
    underWay = [];
    send();
  });
  return (parcel) =>
    new Promise((resolve) => {
      waiting.push({ parcel, resolve });
      setImmediate(send);
    });
}

function record(file: string): void {
  const database = openDatabase(file, { readOnly: false });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 16000");
  database.exec("CREATE TABLE record (position INTEGER PRIMARY KEY, link BLOB, record TEXT)");
  const insert = database.prepare("INSERT INTO record (link, record) VALUES (?, ?)");
  let head: Uint8Array = Buffer.alloc(32);
  parentPort?.on("message", (parcels: readonly Parcel[]) => {
    database.exec(
      `PRAGMA synchronous = ${parcels.some(({ synced }) => synced) ? "FULL" : "NORMAL"}`,
    );
    database.exec("BEGIN IMMEDIATE");
    for (const text of parcels.flatMap(({ records }) => records)) {
      head = createHmac("sha256", key).update(head).update(text).digest();
      insert.run(head, text);
    }
    database.exec("COMMIT");
    parentPort?.postMessage(null);
  });
}

function proxy(upstream: string, file: string): void {
  const append = createRecorder(file);
  const pool = new Pool(upstream, { connections: 128, pipelining: 1 });
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all("*", async (c) => {
    const body = await c.req.text();
    const path = new URL(c.req.url).pathname;
    const looks = path.endsWith("read");
    if (!looks) await append({ synced: true, records: [body] });
    const answer = await pool.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json" },
      body,
    });
    const text = await answer.body.text();
    await append({ synced: false, records: looks ? [body, text] : [text] });
    return new Response(text, {
      status: answer.statusCode,
      headers: { "content-type": "application/json" },
    });
  });
  serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
    console.log(JSON.stringify({ event: "ready", agent: `http://127.0.0.1:${port}` }));
  });
}

if (isMainThread) proxy(process.argv[2] ?? "", process.argv[3] ?? "");
else record(String(workerData));
