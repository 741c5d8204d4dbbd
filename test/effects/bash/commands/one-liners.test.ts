// One-liners of interpreted languages, by their literal calls.

import { describe, expect, it } from "vitest";
import { actsOf, inheritedContext } from "../notation.ts";

type Row = readonly [script: string, ...acts: readonly string[]];

const tables: Record<string, readonly Row[]> = {
  Python: [
    ["python3 -c 'import os; os.remove(\"a\")'", "delete /w/a"],
    ["python3 -c 'import shutil as s; s.rmtree(\"/tmp/x\")'", "delete /tmp/x/**"],
    ["python3 -c 'from os import remove as r; r(\"a\")'", "delete /w/a"],
    [
      'python3 -c \'from pathlib import Path; Path("a", "b").unlink(); (Path("x") / "y").rmdir()\'',
      "delete /w/a/b",
      "delete /w/x/y",
    ],
    [
      "python3 -c 'import glob, os\nfor f in glob.glob(\"*.pyc\"): os.remove(f)'",
      "delete glob:/w/*.pyc possible",
    ],
    [
      "python3 -c 'import os\nfor r, d, fs in os.walk(\"build\"):\n  for f in fs:\n    os.remove(os.path.join(r, f))'",
      "delete glob:/w/build/**/* possible",
    ],
    [
      "python3 -c 'import os; [os.remove(os.path.join(r, f)) for r, ds, fs in os.walk(\"build\") for f in fs if f]'",
      "delete glob:/w/build/**/* possible",
    ],
    ['python3 -c \'__import__("os").system("rm -rf x")\'', "delete /w/x/**"],
    ['python3 -c \'getattr(__import__("os"), "rem" + "ove")("x")\'', "delete /w/x"],
    ['python3 -c \'exec("import os; os.unlink(\\"q\\")")\'', "delete /w/q"],
    [
      "python3 -c 'import base64; exec(base64.b64decode(\"aW1wb3J0IG9zOyBvcy51bmxpbmsoInoiKQ==\"))'",
      "delete /w/z",
    ],
    ["python3 -c 'import os; os.system(\"x fr- mr\"[::-1])'", "delete /w/x/**"],
    [
      'python3 -c \'import subprocess; subprocess.run(["rm", "-rf", "x"], cwd="/tmp")\'',
      "delete /tmp/x/**",
    ],
    ["python3 -c 'import subprocess; subprocess.run(\"rm -rf y\", shell=True)'", "delete /w/y/**"],
    [
      'python3 -c \'import os; list(map(os.remove, ["a", "b"]))\'',
      "delete /w/a possible",
      "delete /w/b possible",
    ],
    [
      'python3 -c \'import os; os.chdir("/tmp"); os.remove("x"); os.system("rm y")\'',
      "delete /tmp/x",
      "delete /tmp/y",
    ],
    ['python3 -c \'import os; os.rename("a", "b"); "x".replace("a", "b")\'', "move /w/a > /w/b"],
    [
      "python3 -c 'import os; os.chmod(\"f\", 0o755); os.umask(0)'",
      "permission chmod /w/f (0o755)",
      "permission umask ?new files (0)",
    ],
    [
      'python3 -c \'open("f", "w").write("x"); print(open("g").read())\'',
      "write /w/f",
      "truncate /w/f possible",
    ],
    ['python3 -c \'open("f", "r+").truncate(0)\'', "write /w/f", "truncate /w/f"],
    [
      "python3 -c 'import sys, os; [os.remove(f) for f in sys.argv[1:]]' a b",
      "delete /w/a possible",
      "delete /w/b possible",
    ],
    ["python3 -c 'import os\nx = \"a\"\nif x:\n  os.remove(x)'", "delete /w/a possible"],
    ["python3 -c 'import os\ndef rm(p):\n  os.remove(p)\nrm(\"x\")'", "delete ?p possible"],
    [
      'python3 -c \'import sqlite3; sqlite3.connect("a.db").execute("DROP TABLE x")\'',
      "write /w/a.db",
      "delete ?database/** possible",
    ],
    [
      "python3 -c 'import foo; foo.destroy()'",
      "unknown: python3 -c calls foo.destroy",
      "execute python3 -c import foo; foo.destroy() (project)",
    ],
    [
      "python3 -c 'import numpy as np; print(np.__version__)'",
      "execute python3 -c import numpy as np; print(np.__version__) (project)",
    ],
    [
      'python3 -c \'s = __import__("sys"); s.modules["os"].remove("x")\'',
      "unknown: python3 -c modules may reach anything",
      'execute python3 -c s = __import__("sys"); s.modules["os"].remove("x") (inline)',
    ],
    [
      "python3 -c 'import pickle; pickle.loads(b\"x\")'",
      "unknown: python3 -c runs what a pickle says",
      'execute python3 -c import pickle; pickle.loads(b"x") (inline)',
    ],
    [
      "python3 -c 'exec(input())'",
      "unknown: python3 -c code that is not known before it runs",
      "execute python3 -c exec(input()) (inline)",
    ],
    ["python3 <<'E'\nimport os\nos.remove(\"x\")\nE", "delete /w/x"],
    [
      'python3 - <<E\nimport os\nos.remove("$F")\nE',
      "unknown: python3 runs what comes from a here-document",
      "unknown: python3 a program that is not wholly known",
      "delete ?a value of the shell possible",
    ],
    ["python3 -Ic 'import os; os.remove(\"a\")'", "delete /w/a"],
    [
      'python3 -c "$CODE"',
      "unknown: python3 -c a program that is not wholly known",
      'execute python3 -c "$CODE" (inline)',
    ],
  ],
  "Python that only looks": [
    ["python3 -c 'print(\"rm -rf /\")'"],
    [
      'python3 -c \'import json, sys; d = json.load(sys.stdin); print(d["a"]["b"], len(d.get("x", [])))\'',
    ],
    [
      'python3 -c \'import re\nfor m in re.finditer(r"x(.)", open("a").read()):\n  print(m.group(1), f"{m.start()!r:>4}")\'',
    ],
    ["python3 -c 'class A:\n  def f(self): return 1\nprint(A().f())'"],
    ["python3 --version"],
  ],
  "Python modules": [
    ["python3 -m http.server", "execute python3 -m http.server (builtin)"],
    ["python3 -m pytest -q", "execute pytest -q (project)"],
    ["python3 -m venv .venv", "write /w/.venv/**"],
    ["python3 -m json.tool a.json"],
    ["python3 -m pip uninstall -y x", "delete ?package x/**"],
    ["python3 -m mymod", "execute mymod (file)", "unknown: the program mymod is not modelled"],
    ["python3 x.py", "execute python3 x.py (file)", "unknown: the script x.py is not seen"],
  ],
  JavaScript: [
    ['node -e \'require("fs").rmSync("/etc", { recursive: true })\'', "delete /etc/**"],
    ['node -e \'const { unlinkSync: u } = require("node:fs"); u("x")\'', "delete /w/x"],
    ['node -e \'require("child_process").execSync("rm -rf x")\'', "delete /w/x/**"],
    [
      'node -e \'const cp = require("child_process"); cp.spawnSync("rm", ["-rf", "x"], { cwd: "/tmp" })\'',
      "delete /tmp/x/**",
    ],
    ["node -e 'fs.readdirSync(\".\").forEach(f => fs.unlinkSync(f))'", "delete glob:/w/* possible"],
    [
      'node -e \'for (const f of ["a", "b"]) fs.rmSync(f)\'',
      "delete /w/a possible",
      "delete /w/b possible",
    ],
    ['node -e \'import("fs").then(fs => fs.promises.unlink("x"))\'', "delete /w/x"],
    [
      'node --input-type=module -e \'import { rm } from "node:fs/promises"; await rm("y")\'',
      "delete /w/y",
    ],
    ['node -e \'require("fs")["unlink" + "Sync"]("x")\'', "delete /w/x"],
    ["node -e 'eval(atob(\"cmVxdWlyZSgnZnMnKS51bmxpbmtTeW5jKCd4Jyk=\"))'", "delete /w/x"],
    [
      'node -e \'fs.writeFileSync("x", "y"); fs.chmodSync("x", 0o755)\'',
      "write /w/x",
      "truncate /w/x possible",
      "permission chmod /w/x (0o755)",
    ],
    [
      "node -e 'process.argv.slice(1).forEach(f => fs.unlinkSync(f))' a b",
      "delete /w/a",
      "delete /w/b",
    ],
    [
      "node -e '[].constructor.constructor(\"return process\")()'",
      "unknown: node -e constructor may reach anything",
      "unknown: node -e calls constructor.constructor",
      "unknown: node -e calls constructor()",
      'execute node -e [].constructor.constructor("return process")() (inline)',
    ],
    ["node -e 'require(\"./x.js\")'", 'execute node -e require("./x.js") (project)'],
    ["node -p 'process.version'"],
    ["node -pe '[1, 2].map(x => x * 2).join(\",\")'"],
    [
      'node -e \'console.log(JSON.parse(require("fs").readFileSync("package.json", "utf8")).version)\'',
    ],
    [
      "node -r ./x.js -e '1'",
      "execute node -r ./x.js -e 1 (file)",
      "unknown: the script ./x.js is not seen",
    ],
    ["node x.js", "execute node x.js (file)", "unknown: the script x.js is not seen"],
    ["node --test", "execute node --test (project)"],
    ["deno eval 'Deno.removeSync(\"x\")'", "delete /w/x"],
    ['bun -e \'require("fs").unlinkSync("x")\'', "delete /w/x"],
  ],
  Perl: [
    ['perl -e \'unlink "a", "b"\'', "delete /w/a", "delete /w/b"],
    ["perl -e 'unlink glob(\"*.o\") or die'", "delete glob:/w/*.o possible"],
    ["perl -e 'unlink <*.tmp>'", "delete glob:/w/*.tmp possible"],
    ["perl -e 'unlink for @ARGV' a", "delete /w/a possible"],
    ['perl -e \'system("rm", "-rf", "x y"); system("rm z")\'', "delete /w/x y/**", "delete /w/z"],
    ["perl -e 'print `rm x`; qx(rm y)'", "delete /w/x", "delete /w/y"],
    [
      'perl -e \'chmod 0755, "a", "b"\'',
      "permission chmod /w/a (0755)",
      "permission chmod /w/b (0755)",
    ],
    ['perl -e \'open(my $f, ">", "out"); print $f 1\'', "write /w/out", "truncate /w/out possible"],
    ["perl -e 'open(P, \"|rm x\")'", "delete /w/x"],
    ["perl -e 'open P, \">y\"'", "write /w/y", "truncate /w/y possible"],
    ["perl -MFile::Path -e 'rmtree(\"x\")'", "delete /w/x/**"],
    ["node -e 'console.log(`a ${require(\"fs\").unlinkSync(`b`)} c`)'", "delete /w/b"],
    ["perl -e 's/(.*)/unlink \"x\"/e'", "delete /w/x"],
    ["perl -e 'eval \"unlink q(x)\"'", "delete /w/x"],
    [
      'perl -e \'rename "a", "b"; -e "d" && unlink "d"\'',
      "move /w/a > /w/b",
      "delete /w/d possible",
    ],
    ["perl -le 'print unlink \"a\"'", "delete /w/a"],
    ["perl -pi -e 's/a/b/' f", "write /w/f"],
    ["perl -i.bak -0777pe 's/a/b/' f", "write /w/f"],
    ["perl -ne 'print if /x/' f"],
    ["perl -c -e 'unlink \"a\"'"],
    ["perl -e 'print join(\",\", map { $_ * 2 } 1..3), qq(\\\n)'"],
    ["perl x.pl", "execute perl x.pl (file)", "unknown: the script x.pl is not seen"],
  ],
  Ruby: [
    ["ruby -e 'File.delete(\"a\")'", "delete /w/a"],
    ["ruby -e 'Dir.glob(\"*.o\").each { |f| File.delete(f) }'", "delete glob:/w/*.o possible"],
    ["ruby -e 'Dir[\"*.o\"].each do |f|\n File.unlink f\nend'", "delete glob:/w/*.o possible"],
    ["ruby -rfileutils -e 'FileUtils.rm_rf \"x\"'", "delete /w/x/**"],
    [
      "ruby -e 'system \"rm -rf x\"; `rm y`; %x(rm z)'",
      "delete /w/x/**",
      "delete /w/y",
      "delete /w/z",
    ],
    ["ruby -e 'send(:system, \"rm x\")'", "delete /w/x possible"],
    [
      "ruby -e '%w[a b].each { |f| File.delete f }'",
      "delete /w/a possible",
      "delete /w/b possible",
    ],
    ["ruby -e 'Pathname.new(\"x\").rmtree'", "delete /w/x/**"],
    ['ruby -e \'puts "#{File.delete("q")}"\'', "delete /w/q"],
    ['ruby -e \'File.open("x", "w") { |f| f.puts 1 }\'', "write /w/x", "truncate /w/x possible"],
    ["ruby -e 'puts [1, 2].map { |x| x * 2 }.join(\",\")'"],
    ["ruby -pi -e 'gsub(/a/, \"b\")' f", "write /w/f"],
  ],
  "PHP and Lua": [
    ["php -r 'unlink(\"x\");'", "delete /w/x"],
    ['php -r \'array_map("unlink", glob("*.o"));\'', "delete glob:/w/*.o possible"],
    ['php -r \'$f = "unlink"; $f("x");\'', "delete /w/x"],
    ["php -r 'foreach (glob(\"*\") as $f) { UnLink($f); }'", "delete glob:/w/* possible"],
    ["php -r 'exec(\"rm -rf x\"); echo `rm y`;'", "delete /w/x/**", "delete /w/y"],
    ["php -r 'echo phpversion(), PHP_EOL;'"],
    ["echo '<?php unlink(\"x\"); ?> text' | php", "delete /w/x"],
    ['lua -e \'os.remove("x") os.execute"rm y"\'', "delete /w/x", "delete /w/y"],
    ["lua -e 'print(\"x\")'"],
  ],
  "other languages": [
    ["osascript -e 'do shell script \"rm x\"'", "delete /w/x", "unknown: AppleScript is not read"],
    [
      "julia -e 'rm(\"x\")'",
      'execute julia -e rm("x") (inline)',
      "unknown: julia runs code of a language that is not read",
    ],
    ["java -jar x.jar", "execute java -jar x.jar (file)", "unknown: the script x.jar is not seen"],
  ],
};

for (const [theme, rows] of Object.entries(tables)) {
  describe(theme, () => {
    it.each(rows.map(([script, ...acts]) => ({ script, acts })))("$script", ({ script, acts }) => {
      expect(actsOf(script, inheritedContext)).toEqual(acts);
    });
  });
}
