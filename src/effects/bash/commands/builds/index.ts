// Build, test and format tools: the list of them, a file for each ecosystem. They run what the files of a
// project say, which is not seen.

import { family } from "../../tool.ts";
import { cmakeRows } from "./cmake.ts";
import { compilerRows } from "./compilers.ts";
import { dotnetRows } from "./dotnet.ts";
import { environmentRows } from "./environments.ts";
import { formatterRows } from "./formatters.ts";
import { goRows } from "./go.ts";
import { hookRows } from "./hooks.ts";
import { javascriptRows } from "./javascript.ts";
import { jvmRows } from "./jvm.ts";
import { makeRows } from "./make.ts";
import { nixRows } from "./nix.ts";
import { npmFileRows } from "./npm-files.ts";
import { pythonRows } from "./python.ts";
import { rubyRows } from "./ruby.ts";
import { runnerRows } from "./runners.ts";
import { rustRows } from "./rust.ts";

export const builds = family(
  ...npmFileRows,
  ...javascriptRows,
  ...makeRows,
  ...rustRows,
  ...goRows,
  ...dotnetRows,
  ...cmakeRows,
  ...jvmRows,
  ...runnerRows,
  ...formatterRows,
  ...hookRows,
  ...compilerRows,
  ...pythonRows,
  ...rubyRows,
  ...environmentRows,
  ...nixRows,
);
