// The command families: the one list. A new family is a file, a line here, and its tests.

import type { Command, CommandFamily } from "../command.ts";
import { archives } from "./archives.ts";
import { awks } from "./awk.ts";
import { builds } from "./builds/index.ts";
import { clouds } from "./cloud.ts";
import { compress } from "./compress.ts";
import { containers } from "./containers.ts";
import { copy } from "./copy.ts";
import { create } from "./create.ts";
import { databases } from "./databases.ts";
import { disks } from "./disks.ts";
import { editors } from "./editors.ts";
import { environment } from "./env.ts";
import { fds } from "./fd.ts";
import { filters } from "./filters.ts";
import { finders } from "./find.ts";
import { git } from "./git/index.ts";
import { lookers } from "./inspect.ts";
import { interpreters } from "./interpreters.ts";
import { isolation } from "./isolation.ts";
import { network } from "./network.ts";
import { packages } from "./packages.ts";
import { parallels } from "./parallel.ts";
import { patches } from "./patch.ts";
import { permissions } from "./permissions.ts";
import { privilege } from "./privilege.ts";
import { remote } from "./remote.ts";
import { remove } from "./remove.ts";
import { rsyncs } from "./rsync.ts";
import { schedule } from "./schedule.ts";
import { seds } from "./sed.ts";
import { services } from "./services.ts";
import { shells } from "./shells.ts";
import { tars } from "./tar.ts";
import { terminals } from "./terminals.ts";
import { wrappers } from "./wrappers.ts";
import { argumentReaders } from "./xargs.ts";

export const families: readonly CommandFamily[] = [
  archives,
  argumentReaders,
  awks,
  builds,
  compress,
  copy,
  create,
  disks,
  editors,
  environment,
  fds,
  filters,
  finders,
  git,
  interpreters,
  isolation,
  lookers,
  clouds,
  containers,
  databases,
  network,
  packages,
  services,
  parallels,
  patches,
  permissions,
  privilege,
  remote,
  remove,
  rsyncs,
  schedule,
  seds,
  shells,
  tars,
  terminals,
  wrappers,
];

/** All programs by name. */
export function commandTable(members: readonly CommandFamily[]): ReadonlyMap<string, Command> {
  return new Map(members.flatMap((family) => [...family]));
}

/** Names that more than one family claims; there should be none. */
export function claimedTwice(members: readonly CommandFamily[]): readonly string[] {
  const names = members.flatMap((family) => [...family.keys()]);
  return names.filter((name, at) => names.indexOf(name) !== at);
}
