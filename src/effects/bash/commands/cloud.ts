// Command lines of clouds, hosts and deployment tools: verbs that delete, verbs that change, the rest looks.

import {
  acts,
  cli,
  type Line,
  type LineAction,
  type LineRow,
  looks,
  removes,
  thing,
} from "../cli.ts";
import type { Command, Word } from "../command.ts";
import { leadingText } from "../options.ts";
import { type Act, family, program, textOf } from "../tool.ts";

interface Verbs {
  /** What the objects are called in targets: `gcloud compute instances web`. */
  readonly kind: string;
  /** Beginnings of words that delete, change or only look. */
  readonly deletes: RegExp;
  readonly looks: RegExp;
  readonly values: string;
  readonly dry: string;
  readonly host: string;
  readonly rows?: readonly LineRow[];
}

/** Of what stands in the call, enough to know the thing by. */
const maxNameLength = 256;

/** A tool whose last command word is a verb: `aws ec2 terminate-instances`, `gcloud sql instances delete db`. */
function verbs({ kind, deletes, looks: shows, values, dry, host, rows = [] }: Verbs): Command {
  return cli({
    values,
    dry,
    rows,
    otherwise: (act, { operands, has }) => {
      const names = operands.map(textOf);
      act.connect(host);
      const verb = names.findIndex((name) => deletes.test(name));
      if (verb >= 0) {
        act.delete(thing(`${kind} ${act.args.map(textOf).join(" ")}`.slice(0, maxNameLength)), {
          recursive: true,
          certainty: "certain",
          via: `${act.invocation.program} ${names.slice(0, verb + 1).join(" ")}`,
        });
        return undefined;
      }
      if (
        has("--generate-cli-skeleton") ||
        names.length < 2 ||
        names.some((name) => shows.test(name))
      )
        return undefined;
      return act.execute({ via: `${act.invocation.program} ${names.slice(0, 3).join(" ")}` });
    },
  });
}

const awsValues = [
  "--region --profile --output --query --endpoint-url --ca-bundle --cli-read-timeout --cli-connect-timeout --color --cli-input-json --cli-input-yaml",
  "--exclude --include --acl --storage-class --sse --sse-kms-key-id --metadata --content-type --cache-control --expires --page-size --source-region --grants --website-redirect",
  "--bucket --key --delete --instance-ids --stack-name --function-name --table-name --db-instance-identifier --db-cluster-identifier --cluster --service --queue-url --topic-arn --role-name --user-name --policy-arn --log-group-name --repository-name --group-id --volume-id --snapshot-id --image-id --vpc-id --subnet-id --name --names --id --ids --arn --version-id --filters --max-items --starting-token",
].join(" ");

const isS3 = (word: Word | undefined): boolean => word?.value?.startsWith("s3://") === true;

/** `aws s3 cp`, `mv`, `sync`: between a bucket and files of ours. */
function transfers(how: "cp" | "mv" | "sync"): LineAction {
  return function transfer(act, line) {
    const [from, to] = line.operands;
    if (from === undefined || to === undefined) return undefined;
    const via = `${act.invocation.program} s3 ${how}`;
    const recursive = how === "sync" || line.has("--recursive");
    act.connect("s3", { via });
    if (!isS3(from)) act.read(from, { recursive, via });
    const place = isS3(to) ? thing(textOf(to)) : to;
    if (line.has("--delete"))
      act.delete(place, { recursive: true, certainty: "possible", via: `${via} --delete` });
    if (isS3(to)) act.write(thing(textOf(to)), { recursive, certainty: "certain", via });
    else if (to.value !== "-") act.overwrite(to, { recursive, via });
    if (how === "mv")
      act.delete(isS3(from) ? thing(textOf(from)) : from, { recursive, certainty: "certain", via });
    return undefined;
  };
}

function removesUrls(act: Act, line: Line): undefined {
  for (const url of line.operands) {
    act.delete(thing(textOf(url)), {
      recursive: true,
      certainty: "certain",
      via: `${act.invocation.program} ${line.command}`,
    });
  }
  return undefined;
}

const aws = verbs({
  kind: "aws",
  deletes:
    /^(?:delete|terminate|remove|purge|destroy|deregister|release|revoke|disassociate|batch-delete|empty|schedule-key-deletion|cancel|wipe)(?:-|$)/,
  looks:
    /^(?:describe|list|get|head|help|wait|ls|configure|sts|scan|query|search|lookup|filter|tail|presign|view|check|validate|estimate|preview|batch-get|test)(?:-|$)/,
  values: awsValues,
  dry: "--dryrun --dry-run",
  host: "aws",
  rows: [
    ["s3 rm|s3 rb", removesUrls],
    ["s3 cp", transfers("cp")],
    ["s3 mv", transfers("mv")],
    ["s3 sync", transfers("sync")],
    [
      "configure set|configure import|configure",
      (act) =>
        act.write(act.scope.home === undefined ? "~/.aws" : `${act.scope.home}/.aws`, {
          recursive: true,
        }),
    ],
  ],
});

const gcloud = verbs({
  kind: "gcloud",
  deletes:
    /^(?:delete|destroy|remove|rm|purge|abandon|reset|undelete-never|delete-.*|remove-.*|clear-.*)$/,
  looks:
    /^(?:list|describe|get|get-.*|help|info|version|print-.*|tail|read|search|ls|cat|du|hash|docker|topic|config|components|feedback|export|list-.*)$/,
  values:
    "--project --zone --region --account --format --filter --limit --configuration --verbosity --location --instance --cluster --database --version --network --sort-by --impersonate-service-account --page-size",
  dry: "--validate-only --dry-run",
  host: "googleapis.com",
  rows: [
    ["storage rm|storage buckets delete|storage objects delete", removesUrls],
    ["storage cp|storage mv|storage rsync", (act, line) => gsTransfer(act, line)],
    ["compute ssh", (act, line) => sshThere(act, line)],
    [
      "config set|config unset|auth login|auth revoke|components install|components update|components remove",
      acts,
    ],
  ],
});

/** `--command 'text'` or words behind `--`. */
function sshThere(act: Act, line: Line) {
  const dashes = line.rest.findIndex((word) => word.value === "--");
  const text = line.value("--command") ?? (dashes < 0 ? undefined : line.rest[dashes + 1]);
  const where = line.operands[0] === undefined ? "instance" : textOf(line.operands[0]);
  act.connect(where);
  return text === undefined
    ? act.execute()
    : act.script(text, { elsewhere: `ssh ${where}`, environmentUnknown: true, newShell: true });
}

function gsTransfer(act: Act, line: Line): undefined {
  const from = line.operands.slice(0, -1);
  const to = line.operands.at(-1);
  const via = `${act.invocation.program} ${line.command}`;
  act.connect("storage.googleapis.com", { via });
  if (to === undefined || from.length === 0) return undefined;
  const isUrl = (word: Word): boolean => /^(?:gs|s3):\/\//.test(word.value ?? "");
  const place = isUrl(to) ? thing(textOf(to)) : to;
  for (const word of from) if (!isUrl(word)) act.read(word, { recursive: true, via });
  if (line.has("-d", "--delete-unmatched-destination-objects"))
    act.delete(place, { recursive: true, certainty: "possible", via });
  if (isUrl(to)) act.write(place, { recursive: true, certainty: "certain", via });
  else act.overwrite(to, { recursive: true, via });
  if (/\bmv$/.test(line.command))
    for (const word of from)
      act.delete(isUrl(word) ? thing(textOf(word)) : word, {
        recursive: true,
        certainty: "certain",
        via,
      });
  return undefined;
}

const gsutil = cli({
  values: "-h -o -u -p -c -s -l -x -y -j -z -i",
  dry: "-n",
  rows: [
    ["rm|rb", removesUrls],
    ["cp|mv|rsync", gsTransfer],
    [
      "mb|acl|defacl|iam|lifecycle|setmeta|versioning|web|cors|rewrite|compose|label|retention|notification|bucketpolicyonly|ubla|pap|kms|logging|requesterpays|rpo|autoclass",
      acts,
    ],
  ],
  otherwise: looks,
});

const azure = verbs({
  kind: "azure",
  deletes: /^(?:delete|delete-.*|remove|purge|destroy|deallocate-never|delete-batch|clear)$/,
  looks:
    /^(?:list|show|list-.*|show-.*|get|get-.*|help|version|account|find|wait|exists|check-.*|query|what-if|validate|download|tail|export)$/,
  values:
    "-g --resource-group -n --name -o --output --query --subscription --account-name --container-name -c --source -s --vault-name --ids --location -l",
  dry: "--dryrun --what-if",
  host: "azure",
});

/** terraform(1), OpenTofu, Pulumi, CDK and their like. */
const terraform = cli({
  values:
    "-var -var-file -target -state -out -chdir -backend-config -parallelism -lock-timeout -replace",
  rows: [
    ["destroy", removes("terraform resources", { all: true })],
    [
      "apply",
      (act, line) => {
        const destroys = line.has("-destroy", "--destroy");
        if (destroys) return removes("terraform resources", { all: true })(act, line);
        return act.execute({ via: "terraform apply" });
      },
    ],
    [
      "state rm|workspace delete|force-unlock|taint",
      (act, line) =>
        act.delete(thing(`terraform ${line.command} ${line.operands.map(textOf).join(" ")}`), {
          certainty: "certain",
          via: `terraform ${line.command}`,
        }),
    ],
    [
      "init|get|import|refresh|state mv|state push|state replace-provider|workspace new|workspace select|untaint|login|logout|test",
      acts,
    ],
    [
      "fmt",
      (act, line) =>
        line.has("-check", "--check", "-write=false")
          ? act.inspect()
          : act.write(line.operands[0] ?? ".", { recursive: true }),
    ],
  ],
  otherwise: looks,
});

function deploys(kind: string, gone: string, changes: string, values = ""): Command {
  return cli({
    values,
    dry: "--dry-run --preview --dryrun --noop",
    rows: [
      [gone, removes(kind)],
      [changes, acts],
    ],
    otherwise: looks,
  });
}

/** Flags decide: `terragrunt destroy`, `run-all destroy`. */
const terragrunt = program((act) => {
  const given = act.args.map((word) => word.value ?? "");
  if (given.includes("destroy") || given.includes("-destroy"))
    return act.delete(thing("terraform resources"), {
      recursive: true,
      certainty: "certain",
      via: "terragrunt destroy",
    });
  return given.some((value) => ["apply", "import", "init", "taint"].includes(value))
    ? act.execute()
    : act.inspect();
});

/** gh(1): `gh repo delete`, `gh api -X DELETE`. */
const gh = cli({
  values:
    "-R --repo -X --method -f --field -F --raw-field -H --header -q --jq -t --template --hostname --input -b --body -L --limit -l --label -a --assignee -B --base -m --milestone -s --state --json -T --title --title -e --env -u --user -o --org -d --dir -O --output -p --pattern",
  rows: [
    [
      "repo delete|release delete|release delete-asset|issue delete|gist delete|run delete|cache delete|label delete|secret delete|secret remove|variable delete|codespace delete|cs delete|ssh-key delete|gpg-key delete|project delete|project item-delete|ruleset delete|repo deploy-key delete|alias delete|extension remove|repo archive|pr close|issue close",
      (act, line) => {
        act.connect("github.com");
        if (line.command.endsWith("close") || line.command === "repo archive")
          return act.execute({ via: `gh ${line.command}` });
        return act.delete(
          thing(
            `github ${line.command.split(" ")[0]} ${line.operands.map(textOf).join(" ")}`.trim(),
          ),
          { recursive: true, certainty: "certain", via: `gh ${line.command}` },
        );
      },
    ],
    [
      "api",
      (act, line) => {
        act.connect("api.github.com");
        const method = line.value("-X", "--method")?.value?.toUpperCase();
        const url = line.operands[0] === undefined ? "" : textOf(line.operands[0]);
        if (method === "DELETE")
          return act.delete(thing(`github ${url}`), {
            recursive: true,
            certainty: "certain",
            via: "gh api -X DELETE",
          });
        const sends = method !== undefined && method !== "GET";
        return sends || line.has("-f", "-F", "--field", "--raw-field", "--input")
          ? act.execute({ via: "gh api" })
          : undefined;
      },
    ],
    [
      "repo clone|gist clone|pr checkout|release download|run download|co",
      (act) => {
        act.connect("github.com");
        return act.write(".", { recursive: true });
      },
    ],
    [
      "pr create|pr merge|pr edit|pr comment|pr review|pr ready|pr reopen|issue create|issue edit|issue comment|issue reopen|release create|release upload|release edit|repo create|repo edit|repo fork|repo rename|repo sync|workflow run|workflow enable|workflow disable|run rerun|run cancel|secret set|variable set|label create|gist create|gist edit|auth login|auth logout|auth refresh|auth setup-git|config set|alias set|extension install|extension upgrade|codespace create|project create|ssh-key add",
      (act, line) => {
        act.connect("github.com");
        return act.execute({ via: `gh ${line.command}` });
      },
    ],
    [
      "auth status|auth token|help|version|config get|config list|completion|alias list|extension list",
      looks,
    ],
    ["codespace ssh|cs ssh", (act, line) => sshThere(act, line)],
  ],
  otherwise: (act) => act.connect("github.com"),
});

/** rclone(1): either side may be a remote. */
const rclone = program((act) => {
  const places = act.args.filter((word) => !leadingText(word).startsWith("-"));
  const [command, from, to] = places;
  const given = act.args.map((word) => word.value ?? "");
  const dry = given.some((value) => /^(?:-n|--dry-run|-[a-z]*n[a-z]*)$/.test(value));
  const place = (word: Word) =>
    /^[^/.][^/]*:/.test(word.value ?? "") ? thing(textOf(word)) : word;
  if (dry || command === undefined) return act.inspect();
  act.connect("rclone remote", { certainty: "possible" });
  const via = `rclone ${textOf(command)}`;
  switch (command.value) {
    case "delete":
    case "purge":
    case "rmdir":
    case "rmdirs":
    case "deletefile":
    case "cleanup":
      return from === undefined
        ? undefined
        : act.delete(place(from), { recursive: true, via, certainty: "certain" });
    case "sync":
    case "bisync":
      if (to === undefined) return undefined;
      act.delete(place(to), { recursive: true, via, certainty: "possible" });
      return act.overwrite(place(to), { recursive: true, via });
    case "move":
    case "moveto":
      if (from === undefined || to === undefined) return undefined;
      return act.move(place(from), place(to), { recursive: true, via, certainty: "certain" });
    case "copy":
    case "copyto":
      return to === undefined ? undefined : act.overwrite(place(to), { recursive: true, via });
    case "ls":
    case "lsl":
    case "lsd":
    case "lsf":
    case "lsjson":
    case "size":
    case "check":
    case "cat":
    case "about":
    case "tree":
    case "version":
    case "md5sum":
    case "sha1sum":
    case "listremotes":
      return undefined;
    default:
      return act.execute({ via });
  }
});

/** s3cmd, s5cmd, mc, b2: verbs and URLs. */
function objectStore(gone: string, changes: string): Command {
  return cli({
    dry: "--dry-run -n --fake",
    rows: [
      [gone, removesUrls],
      [changes, (act, line) => gsTransfer(act, line)],
    ],
    otherwise: looks,
  });
}

export const clouds = family(
  ["aws awslocal", aws],
  ["gcloud bq", gcloud],
  ["gsutil", gsutil],
  ["az", azure],
  ["terraform tofu", terraform],
  ["terragrunt", terragrunt],
  [
    "pulumi",
    deploys(
      "pulumi stack",
      "destroy|stack rm|state delete|config rm",
      "up|update|import|refresh|stack init|stack select|config set|cancel|new|login",
      "-s --stack -C --cwd --config-file",
    ),
  ],
  [
    "cdk cdktf sls serverless sam copilot eb amplify chalice zappa up architect",
    deploys(
      "deployment",
      "destroy|remove|delete|terminate|env delete|app delete|svc delete|undeploy",
      "deploy|bootstrap|synth|create|init|push|publish|update|package|build|invoke",
    ),
  ],
  [
    "heroku",
    deploys(
      "heroku app",
      "apps:destroy|apps:delete|addons:destroy|pg:reset|domains:remove|config:unset|ps:stop|pipelines:destroy|spaces:destroy|keys:remove|drains:remove|certs:remove",
      "create|apps:create|config:set|ps:scale|releases:rollback|run|maintenance:on|maintenance:off|restart|addons:create|domains:add",
      "-a --app -r --remote",
    ),
  ],
  [
    "flyctl fly railway vercel netlify render surge firebase supabase wrangler2 doctl linode-cli hcloud scw ibmcloud oci eksctl2 openstack nova civo vultr-cli exo nomad consul vault packer scaleway",
    verbs({
      kind: "cloud",
      deletes:
        /^(?:delete|destroy|remove|rm|purge|terminate|reset|wipe|unset|force-destroy|.*:delete|.*:remove|.*:disable|db:reset)$/,
      looks:
        /^(?:list|ls|show|get|describe|status|logs|info|help|version|inspect|whoami|read|.*:list|.*:get|view|validate)$/,
      values:
        "--token -t --org --project -p --region --app -a --config -c --scope --cwd --site -n --name --namespace --format --output -o --access-token",
      dry: "--dry-run",
      host: "cloud",
    }),
  ],
  ["gh", gh],
  [
    "glab hub tea",
    verbs({
      kind: "git host",
      deletes: /^(?:delete|remove|rm|destroy)$/,
      looks: /^(?:list|ls|view|show|status|get|help|version|diff|checks)$/,
      values: "-R --repo -g --group -h --host -F --output -m --message",
      dry: "--dry-run",
      host: "git host",
    }),
  ],
  ["rclone", rclone],
  [
    "s3cmd s5cmd mc b2 swift-client azcopy ossutil coscli",
    objectStore(
      "del|rm|rb|delete|remove|delete-file-version|rm-bucket|delete-bucket|expire",
      "cp|mv|sync|put|get|mirror|copy|upload|download",
    ),
  ],
  [
    "ansible-playbook ansible-pull salt salt-call puppet chef-client cap capistrano",
    program((act) =>
      act.args.some((word) =>
        /^(?:--check|-C|--syntax-check|--list-tasks|--list-hosts|--noop|test=True)$/.test(
          word.value ?? "",
        ),
      )
        ? act.inspect()
        : act.emit({
            kind: "execute",
            program: act.invocation.program,
            words: act.args.map(textOf),
            code: "project",
            inspects: false,
            target: act.target("."),
          }),
    ),
  ],
);
