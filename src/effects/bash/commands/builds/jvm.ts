// The JVM: java itself, Gradle and Maven.

import { each, type LineRow, looks, runsProject } from "../../cli.ts";
import { leadingText } from "../../options.ts";
import { type FamilyRow, program } from "../../tool.ts";
import { runsUnseen } from "../../unseen.ts";
import { cleans, projectTool } from "./project.ts";

/** java: `-jar` and class files are programs that are not seen. */
const java = program((act) => {
  const shows = act.args.some((word) =>
    /^-{1,2}(?:version|showversion|help|\?)$/.test(word.value ?? ""),
  );
  if (shows || act.args.length === 0) return act.inspect();
  const jar = act.args.findIndex((word) => word.value === "-jar");
  const file =
    jar >= 0 ? act.args[jar + 1] : act.args.find((word) => !leadingText(word).startsWith("-"));
  if (file === undefined) return act.execute();
  runsUnseen(act, file);
  return undefined;
});

const gradleRows: readonly LineRow[] = [
  ["clean", each(runsProject, cleans("build"))],
  ["tasks|dependencies|projects|properties|help|--status", looks],
];
const mavenRows: readonly LineRow[] = [["clean", each(runsProject, cleans("target"))]];

export const jvmRows: readonly FamilyRow[] = [
  ["gradle gradlew", projectTool(gradleRows, "--dry-run -m")],
  ["mvn mvnw mvnd", projectTool(mavenRows)],
  ["java", java],
];
