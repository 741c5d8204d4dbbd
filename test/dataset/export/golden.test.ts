// Each form as it is written, to be read by people: a change of any byte of it is seen here.

import { expect, it } from "vitest";
import { exportFormats, templateProfiles } from "../../../src/dataset/export/formats/index.ts";
import { telling, whole } from "./rows.ts";

const rows = [...Object.values(telling), whole];

const forms = exportFormats
  .filter(({ columns }) => columns === undefined)
  .flatMap((format) =>
    (format.name === "trl" ? templateProfiles : templateProfiles.slice(0, 1)).map(
      (profile) => [format, profile] as const,
    ),
  )
  .map(([format, profile]) => {
    const name = format.name === "trl" ? `${format.name}.${profile.name}` : format.name;
    return [name, format, profile] as const;
  });

it.each(forms)("%s is as in golden/", async (name, format, profile) => {
  const lines = rows
    .filter((row) => format.unfit?.(row, profile) === undefined)
    .map((row) => JSON.stringify(format.encode(row, profile)));
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(`golden/${name}.jsonl`);
});
