// Containers and clusters. What they delete is named by kind: `docker volume data`, `kubectl pod web`.

import {
  acts,
  cli,
  each,
  type Line,
  type LineAction,
  type LineRow,
  looks,
  removes,
  runsProject,
  thing,
  words,
} from "../cli.ts";
import type { Command, Produced, Word } from "../command.ts";
import { leadingText } from "../options.ts";
import { type Act, family, textOf } from "../tool.ts";

/** Options of docker and podman that take a value, for any of their commands (docker(1), podman(1)). */
const dockerValues = [
  "-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey --connection --url --root --runroot --storage-driver --identity",
  "-e --env --env-file -w --workdir -u --user --detach-keys -v --volume --mount --name -p --publish --expose --network --net --ip --link --label --label-file -h --hostname --entrypoint",
  "-m --memory --memory-swap --cpus --cpu-shares --cpuset-cpus --device --cap-add --cap-drop --security-opt --add-host --dns --restart --pull --platform --ulimit --tmpfs --shm-size --pid --ipc --uts --userns --cgroupns --cgroup-parent --gpus --runtime --isolation --log-driver --log-opt --stop-signal --stop-timeout --health-cmd --health-interval --volumes-from --group-add --init-path --cidfile --pidfile --annotation --secret --pod --arch --os --variant --tz --umask --systemd --rootfs-path",
  "-f --file --filter --format -t --tag --build-arg --target --output -o --cache-from --cache-to --progress -n --tail --since --until --project-name --profile --project-directory --index --scale --timeout --signal -s --time --driver -d-opt --opt --subnet --gateway --ansi --parallel --replicas --message --author --change",
].join(" ");

/** Flags share letters with options of other commands; here they take nothing. */
const plainFlags: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    rm: "-f -v -l", rmi: "-f", exec: "-i -t -d", prune: "-f -a", down: "-v -t", "volume rm": "-f", kill: "", stop: "",
  }).map(([command, flags]) => [command, new Set(words(flags))] as const), // biome-ignore format: a table
);

/** The words behind a command and its options, read by that command's own flags. */
function operandsOf(line: Line, command: string, taking: ReadonlySet<string>): readonly Word[] {
  const plain = plainFlags.get(command) ?? new Set<string>();
  const found: Word[] = [];
  for (let at = 0; at < line.rest.length; at += 1) {
    const word = line.rest[at];
    const text = word === undefined ? "" : leadingText(word);
    if (word === undefined) break;
    if (!text.startsWith("-") || text === "-") found.push(word);
    else if (!text.includes("=") && taking.has(text) && !plain.has(text)) at += 1;
  }
  return found;
}

const taking = new Set(words(dockerValues));

/** `exec` and `run`: options, the container or image, then a command inside. */
function runsInside(what: string, { image = false } = {}): LineAction {
  return function runInside(act, { rest, command }): Produced | undefined {
    let at = 0;
    let entry: Word | undefined;
    let folder: string | undefined;
    for (; at < rest.length; at += 1) {
      const word = rest[at];
      const text = word === undefined ? "" : leadingText(word);
      if (!text.startsWith("-")) break;
      if (text === "--") {
        at += 1;
        break;
      }
      const takes = isTaking(text, image);
      const value = takes ? rest[at + 1] : undefined;
      if (text === "--entrypoint") entry = value;
      if ((text === "-w" || text === "--workdir") && value !== undefined) folder = textOf(value);
      if (text.startsWith("-v") || text.startsWith("--volume") || text.startsWith("--mount"))
        mounts(act, value ?? word);
      if (takes) at += 1;
    }
    const [name, ...inner] = rest.slice(at);
    const via = `${act.invocation.program} ${command}`;
    if (name === undefined) return act.execute({ via });
    const line = entry === undefined ? inner : [entry, ...inner];
    if (image) act.connect("image registry", { certainty: "possible", via });
    if (line.length === 0)
      return image
        ? act.emit({
            kind: "execute",
            program: act.invocation.program,
            words: act.args.map(textOf),
            code: "project",
            inspects: false,
            via,
          })
        : act.execute({ via });
    const where = `${what} ${textOf(name)}${folder === undefined ? "" : `:${folder}`}`;
    return act.run(line, { via, elsewhere: where, environmentUnknown: true, newShell: true });
  };
}

const insideFlags = new Set(
  words(
    "-d --detach -i --interactive -t --tty --privileged --rm --init -P --publish-all --read-only --no-healthcheck --oom-kill-disable --sig-proxy --disable-content-trust -q --quiet -T --no-TTY --no-deps --service-ports --use-aliases --build --quiet-pull --remove-orphans -it -ti -dit -itd -dt -latest -l --replace --no-hosts --env-host --latest",
  ),
);

function isTaking(text: string, _image: boolean): boolean {
  if (text.includes("=") || insideFlags.has(text)) return false;
  if (text.startsWith("--")) return taking.has(text);
  const last = text.at(-1) ?? "";
  return /^-[dittPlqT]*[evwupmchnaH]$/.test(text) && "evwupmchnaH".includes(last);
}

/** `/host:/inside` lets the container write files of ours. */
function mounts(act: Act, word: Word | undefined): void {
  const text = word === undefined ? "" : textOf(word).replace(/^(?:-v|--volume=|--mount=)/, "");
  const source = /(?:^|,)(?:source|src)=([^,]+)/.exec(text)?.[1] ?? text.split(":")[0] ?? "";
  const readOnly = /:ro(?:,|$)|(?:^|,)(?:readonly|ro)(?:,|=|$)/.test(text);
  if (!/^[./~]/.test(source)) return;
  if (readOnly) act.read(source, { recursive: true, via: `${act.invocation.program} --volume` });
  else
    act.write(source, {
      recursive: true,
      certainty: "possible",
      via: `${act.invocation.program} --volume`,
    });
}

/** Deletes what is named, of one kind. */
function gone(kind: string, command: string): LineAction {
  return function remove(act, line) {
    const names = operandsOf(line, command, taking).map(textOf);
    for (const name of names.length === 0 ? [""] : names) {
      act.delete(thing(`${act.invocation.program} ${kind} ${name}`.trim()), {
        recursive: true,
        certainty: "certain",
        via: `${act.invocation.program} ${line.command}`,
      });
    }
    return undefined;
  };
}

/** `compose down` removes containers and networks, with `-v` the volumes too. */
const composeDown: LineAction = (act, line) => {
  const volumes = line.has("-v", "--volumes");
  const kind = volumes ? "compose project with volumes" : "compose project";
  act.delete(thing(kind), {
    recursive: true,
    certainty: "certain",
    via: `${act.invocation.program} ${line.command}`,
  });
  if (line.has("--rmi"))
    act.delete(thing("compose images"), {
      recursive: true,
      certainty: "certain",
      via: `${act.invocation.program} ${line.command}`,
    });
  return undefined;
};

/** `docker cp from to`: one side is `container:path`. */
const copies: LineAction = (act, { operands: [from, to] }) => {
  if (from === undefined || to === undefined) return undefined;
  if (from.value?.includes(":") !== true) act.read(from, { recursive: true });
  if (to.value?.includes(":") === true)
    return act.write(thing(textOf(to)), { recursive: true, certainty: "certain" });
  return to.value === "-" ? undefined : act.overwrite(to, { recursive: true });
};

const savesTo: LineAction = (act, line) => {
  const file = line.value("-o", "--output");
  return file === undefined ? act.inspect() : act.overwrite(file);
};

const composeRows: readonly LineRow[] = [
  ["down", composeDown],
  ["rm", gone("compose containers", "rm")],
  ["exec", runsInside("compose service")],
  ["run", runsInside("compose service", { image: false })],
  [
    "up|build|start|stop|restart|pause|unpause|create|kill|scale|watch|pull|push|attach|commit|publish",
    runsProject,
  ],
  ["cp", copies],
  ["ps|logs|config|images|top|port|version|ls|events|convert|stats|volumes|wait", looks],
];

function prefixed(prefix: string, rows: readonly LineRow[]): readonly LineRow[] {
  return rows.map(([commands, action]) => [
    commands
      .split("|")
      .map((command) => `${prefix} ${command}`)
      .join("|"),
    action,
  ]);
}

const docker = cli({
  values: dockerValues,
  dry: "--dry-run",
  rows: [
    ["exec|container exec", runsInside("container")],
    ["run|container run|create|container create", runsInside("container", { image: true })],
    ["rm|container rm|container remove", gone("container", "rm")],
    ["rmi|image rm|image remove|image untag", gone("image", "rmi")],
    ["volume rm|volume remove", gone("volume", "volume rm")],
    [
      "network rm|network remove|secret rm|config rm|context rm|plugin rm|plugin remove|manifest rm|pod rm|machine rm|stack rm|stack down|stack remove|service rm|service remove|node rm|node remove|swarm leave|buildx rm|builder rm|kube down|farm rm|trust revoke|model rm|mcp rm|scout cache prune",
      (act, line) => gone(line.command.split(" ")[0] ?? "", "rm")(act, line),
    ],
    [
      "system prune|container prune|image prune|volume prune|network prune|builder prune|buildx prune|pod prune|system reset|machine reset",
      (act, line) =>
        act.delete(
          thing(
            `${act.invocation.program} ${line.command.split(" ")[0]}s that are not used${line.has("--volumes", "-a", "--all") ? ", all" : ""}`,
          ),
          {
            recursive: true,
            certainty: "certain",
            via: `${act.invocation.program} ${line.command}`,
          },
        ),
    ],
    [
      "build|image build|buildx build|buildx bake|builder build|bake",
      each(runsProject, (act) => act.connect("image registry", { certainty: "possible" })),
    ],
    [
      "pull|push|login|logout|search|image pull|image push|manifest push|plugin install",
      (act) => act.connect("image registry"),
    ],
    [
      "start|stop|restart|kill|pause|unpause|rename|update|commit|tag|load|import|wait|attach|image tag|image load|image import|container start|container stop|container kill|container restart|container commit|volume create|network create|network connect|network disconnect|swarm init|swarm join|service create|service update|service scale|service rollback|stack deploy|secret create|config create|context use|context create|machine start|machine stop|machine init|node update|pod create|pod start|pod stop|kube play|play kube|generate|buildx create|buildx use",
      acts,
    ],
    ["cp|container cp", copies],
    ["save|export|image save|container export", savesTo],
    ...prefixed("compose", composeRows),
  ],
  otherwise: looks,
});

const compose = cli({
  values: dockerValues,
  dry: "--dry-run",
  rows: composeRows,
  otherwise: looks,
});

const kubeValues = [
  "-n --namespace --context --cluster --user --kubeconfig -s --server --token --as --as-group --as-uid --request-timeout -v --v --cache-dir --certificate-authority --client-key --client-certificate --tls-server-name",
  "-f --filename -l --selector --field-selector -o --output -c --container -k --kustomize --grace-period --timeout --cascade --type -p --patch --patch-file --replicas --image --env --overrides --port --target-port --name --template --sort-by --chunk-size --since --since-time --tail --max-log-requests --from-literal --from-file --from-env-file --to-revision --revision --resource-version --local-port --address --field-manager --prune-allowlist --record-to --restart --labels --limits --requests --serviceaccount --pod-running-timeout",
].join(" ");

const isDry = (line: Line): boolean => {
  const mode = line.value("--dry-run")?.value;
  return line.has("--dry-run") && mode !== "none" && mode !== "false";
};

/** `--dry-run=client` and `=server` change nothing (kubectl(1)). */
function unlessDry(action: LineAction): LineAction {
  return function runUnlessDry(act, line) {
    return isDry(line) ? act.inspect() : action(act, line);
  };
}

function deletesObjects(tool: string): LineAction {
  return function deleteObjects(act, line) {
    const file = line.value("-f", "--filename", "-k", "--kustomize");
    const space = line.value("-n", "--namespace");
    const names = [
      ...line.operands.map(textOf),
      ...(file === undefined ? [] : [`of ${textOf(file)}`]),
    ].join(" ");
    const where = space === undefined ? "" : ` in ${textOf(space)}`;
    return act.delete(thing(`${tool} ${names}${where}`.trim()), {
      recursive: true,
      certainty: "certain",
      via: `${tool} ${line.command}`,
    });
  };
}

/** `kubectl exec pod -- command`; the command may also follow without the dashes. */
const kubeExec: LineAction = (act, { rest, operands, command }) => {
  const dashes = rest.findIndex((word) => word.value === "--");
  const [pod, ...plain] = operands;
  const inner = dashes >= 0 ? rest.slice(dashes + 1) : plain;
  const via = `${act.invocation.program} ${command}`;
  if (inner.length === 0) return act.execute({ via });
  return act.run(inner, {
    via,
    elsewhere: `pod ${pod === undefined ? "" : textOf(pod)}`,
    environmentUnknown: true,
    newShell: true,
  });
};

const kubectl = cli({
  values: kubeValues,
  rows: [
    ["delete", unlessDry((act, line) => deletesObjects("kubectl")(act, line))],
    ["exec", kubeExec],
    [
      "run|debug",
      unlessDry((act, line) =>
        line.rest.some((word) => word.value === "--")
          ? kubeExec(act, line)
          : act.execute({ via: `kubectl ${line.command}` }),
      ),
    ],
    [
      "replace",
      unlessDry((act, line) =>
        line.has("--force")
          ? deletesObjects("kubectl")(act, line)
          : act.execute({ via: "kubectl replace" }),
      ),
    ],
    [
      "apply|prune",
      unlessDry((act, line) =>
        line.has("--prune")
          ? deletesObjects("kubectl")(act, line)
          : act.execute({ via: "kubectl apply" }),
      ),
    ],
    [
      "drain",
      unlessDry((act, line) =>
        act.delete(thing(`kubectl pods of ${line.operands.map(textOf).join(" ")}`), {
          recursive: true,
          certainty: "certain",
          via: "kubectl drain",
        }),
      ),
    ],
    [
      "create|patch|edit|scale|autoscale|set|label|annotate|taint|cordon|uncordon|rollout restart|rollout undo|rollout pause|rollout resume|expose|certificate approve|certificate deny|attach|port-forward|proxy|apply set-last-applied|config set|config set-context|config use-context|config set-cluster|config set-credentials|config rename-context|argo",
      unlessDry(acts),
    ],
    [
      "config delete-context|config delete-cluster|config delete-user|config unset",
      (act, line) =>
        act.delete(
          thing(`kubectl ${line.command.split(" ")[1]} ${line.operands.map(textOf).join(" ")}`),
          { certainty: "certain", via: `kubectl ${line.command}` },
        ),
    ],
    ["cp", copies],
  ],
  otherwise: looks,
});

const helm = cli({
  values: `${kubeValues} --set --values --version --repo --kube-context --set-string --set-file --history-max --description --post-renderer --ca-file --cert-file --key-file --username --password --destination -d`,
  dry: "--dry-run",
  rows: [
    ["uninstall|un|delete|del", removes("helm release")],
    [
      "install|upgrade|rollback|test|repo add|repo update|plugin install|plugin update|push|registry login|dependency update|dependency build|dep update|dep build|pull|package|create",
      acts,
    ],
    ["repo remove|repo rm|plugin uninstall", removes("helm repository")],
  ],
  otherwise: looks,
});

/** Local clusters, virtual machines, deployment tools: one command deletes, some change. */
function deleting(kind: string, gone: string, changes: string, values = ""): Command {
  return cli({
    values,
    dry: "--dry-run --check --diff",
    rows: [
      [gone, removes(kind)],
      [changes, acts],
    ],
    otherwise: looks,
  });
}

export const containers = family(
  ["docker podman nerdctl", docker],
  ["docker-compose podman-compose", compose],
  ["kubectl oc k3s-kubectl microk8s.kubectl", kubectl],
  [
    "k3s microk8s",
    cli({
      rows: [
        ["kubectl", (act, { rest }) => act.run([act.scope.word("kubectl"), ...rest])],
        ["reset|uninstall", removes("cluster")],
      ],
      otherwise: acts,
    }),
  ],
  ["helm", helm],
  ["helmfile", deleting("helmfile releases", "destroy|delete", "apply|sync|init|deps|repos")],
  [
    "kind minikube k3d ctlptl colima lima limactl multipass podman-machine",
    deleting(
      "cluster or machine",
      "delete|delete cluster|delete clusters|cluster delete|node delete|registry delete|purge|factory-reset|prune",
      "start|stop|create|create cluster|cluster create|load|import|pause|shell|exec|apply|run|addons enable|addons disable|launch|transfer",
    ),
  ],
  [
    "kubeadm eksctl kops",
    deleting(
      "cluster",
      "reset|delete cluster|delete nodegroup|delete fargateprofile|delete|delete instance|delete instancegroup",
      "init|join|create|create cluster|upgrade|update|scale|apply|rolling-update|replace",
    ),
  ],
  [
    "crictl ctr",
    deleting(
      "container object",
      "rm|rmi|rmp|rmdi|images rm|images delete|containers rm|containers delete|tasks rm|tasks kill|snapshots rm|content prune|namespaces rm",
      "pull|run|stop|start|exec|images pull|tasks start|images import",
    ),
  ],
  [
    "buildah skopeo",
    deleting(
      "image",
      "rm|rmi|delete|prune",
      "from|bud|build|commit|run|copy|sync|push|pull|mount|config|add",
    ),
  ],
  [
    "lxc lxd incus virsh VBoxManage prlctl qm pct vmrun",
    deleting(
      "machine",
      "delete|undefine|destroy|unregistervm|closemedium|image delete|storage delete|storage volume delete|network delete|profile delete|vol-delete|pool-delete|pool-destroy|snapshot-delete|net-destroy|net-undefine|deleteVM",
      "launch|start|stop|restart|create|exec|copy|move|config set|shutdown|reboot|define|controlvm|startvm|modifyvm|snapshot|restore|set",
    ),
  ],
  [
    "skaffold tilt devspace garden okteto",
    deleting(
      "deployment",
      "delete|down|purge|cleanup namespaces|cleanup images|destroy",
      "run|dev|build|deploy|apply|up|ci",
    ),
  ],
  [
    "argocd flux istioctl linkerd velero cmctl",
    deleting(
      "cluster object",
      "app delete|cluster rm|repo rm|proj delete|delete|uninstall|delete kustomization|delete source git|backup delete|restore delete|schedule delete|account delete-token",
      "app sync|app create|app set|app rollback|bootstrap|reconcile|suspend|resume|install|create|backup create|restore create",
    ),
  ],
);
