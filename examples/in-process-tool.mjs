// A function of your own behind the guard.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CallRefused, createGuard } from "proctor";

const folder = mkdtempSync(join(tmpdir(), "proctor-example-"));
const guard = await createGuard({
  folder,
  config: { approvals: { maxHoldMs: 0 } },
  // What the tools do to the world. What is not described is asked about.
  tools: {
    notes: {
      cwd: "/notes",
      tools: { read_note: { read: "$.path" }, delete_note: { delete: "$.path" } },
    },
  },
});

const notes = new Map([["/notes/a.txt", "hello"]]);
const run = guard.trajectory({ name: "example" });
const readNote = run.wrap("read_note", ({ path }) => notes.get(path));
const deleteNote = run.wrap("delete_note", ({ path }) => notes.delete(path));

// The shipped policy asks about deleting what the trajectory never looked at.
try {
  await deleteNote({ path: "/notes/a.txt" });
} catch (error) {
  if (!(error instanceof CallRefused)) throw error;
  console.log("refused:", error.code);
}
console.log("still there:", notes.has("/notes/a.txt"));

// A person says yes, and the identical call is carried out, once.
const [question] = await guard.approvals.list();
await guard.approvals.answer(question.id, { answer: "approved", by: "me" });
console.log("deleted:", await deleteNote({ path: "/notes/a.txt" }));

console.log("read:", await readNote({ path: "/notes/a.txt" }));
await run.end();
await guard.close();
rmSync(folder, { recursive: true });

// prints: refused: approval_pending
// prints: still there: true
// prints: deleted: true
// prints: read: undefined
