// CMake and what builds with its files: ninja, ctest, meson.

import { executesProject, looks } from "../../cli.ts";
import type { Word } from "../../command.ts";
import { leadingText } from "../../options.ts";
import { type Act, type FamilyRow, program, tool } from "../../tool.ts";
import { runsUnseen } from "../../unseen.ts";
import { projectTool, runner } from "./project.ts";

const cmake = program((act) => {
  const at = act.args.findIndex((word) => word.value === "-E");
  if (at >= 0) return cmakeCommand(act, act.args.slice(at + 1));
  const [first, second] = act.args;
  if (first?.value === "-P" && second !== undefined) {
    runsUnseen(act, second);
    return undefined;
  }
  executesProject(act);
  const build = act.args.findIndex((word) => word.value === "-B");
  const folder = build < 0 ? undefined : act.args[build + 1];
  if (folder !== undefined) act.write(folder, { recursive: true });
  if (act.args.some((word) => word.value === "--fresh")) {
    const more = { recursive: true, certainty: "possible", via: "cmake --fresh" } as const;
    for (const place of folder === undefined ? ["CMakeCache.txt", "CMakeFiles"] : [folder])
      act.delete(place, more);
  }
  if (act.args.some((word) => word.value === "--clean-first"))
    act.delete(act.args[1] ?? ".", {
      recursive: true,
      certainty: "possible",
      via: "cmake --clean-first",
    });
  return undefined;
});

/** cmake(1), "Run a Command-Line Tool": portable file operations. */
function cmakeCommand(act: Act, [name, ...args]: readonly Word[]) {
  const files = args.filter((word) => !leadingText(word).startsWith("-"));
  const last = files.at(-1);
  switch (name?.value) {
    case "rm":
    case "remove":
    case "remove_directory":
      for (const file of files)
        act.delete(file, { recursive: name.value !== "remove", via: "cmake -E" });
      return undefined;
    case "copy":
    case "copy_if_different":
    case "copy_directory":
      for (const file of files.slice(0, -1)) act.read(file, { recursive: true });
      return last === undefined
        ? undefined
        : act.overwrite(last, { recursive: true, via: "cmake -E" });
    case "rename":
      return files[0] === undefined || last === undefined
        ? undefined
        : act.move(files[0], last, { via: "cmake -E" });
    case "make_directory":
    case "touch":
    case "create_symlink":
    case "create_hardlink":
      for (const file of files) act.write(file, { creates: true, via: "cmake -E" });
      return undefined;
    case "chdir":
      return files[0] === undefined
        ? undefined
        : act.run(args.slice(1), { cwd: act.target(files[0]), via: "cmake -E chdir" });
    case "env":
    case "time":
      return act.run([act.scope.word("env"), ...args], { via: "cmake -E" });
    case "tar":
      return act.run([act.scope.word("tar"), ...args], { via: "cmake -E" });
    default:
      return act.inspect();
  }
}

const ninja = tool<string>(
  "version C: f: j: k: l: n d: t: v,verbose w: quiet",
  (act, options) => {
    if (options.has("n")) return;
    if (options.value("t")?.value === "clean")
      return act.delete(options.value("C") ?? ".", {
        recursive: true,
        certainty: "possible",
        via: "ninja -t clean",
      });
    return executesProject(act);
  },
  { order: "permute" },
);

export const cmakeRows: readonly FamilyRow[] = [
  ["cmake", cmake],
  ["ctest cpack", runner("-N --show-only")],
  ["ninja samu", ninja],
  ["meson", projectTool([["introspect", looks]])],
];
