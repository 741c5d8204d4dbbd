// Programs that change the machine rather than files: services, processes, users, networks, the kernel.

import { acts, cli, looks, removes, thing, words } from "../cli.ts";
import type { Command } from "../command.ts";
import { leadingText } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

/** Looks with one of these first words or options, or without any word; does something otherwise. */
function changesUnless(shows: string): Command {
  const showing = new Set(words(shows));
  return program((act) => {
    const given = act.args.map((word) => word.value ?? "?");
    const plain = given.every((value) => value.startsWith("-") && !/^-{1,2}[A-Za-z]/.test(value));
    return plain || given.some((value) => showing.has(value)) ? act.inspect() : act.execute();
  });
}

const execute = program((act) => act.execute());

const systemctl = cli({
  values:
    "-t --type --state -p --property -H --host -M --machine -n --lines -o --output -s --signal --kill-whom --kill-who --root --what --job-mode --preset-mode",
  rows: [
    [
      "start|stop|restart|reload|try-restart|reload-or-restart|try-reload-or-restart|isolate|kill|freeze|thaw|set-property|bind|mount-image|service-log-level|enable|disable|reenable|preset|preset-all|mask|unmask|link|add-wants|add-requires|edit|set-default|daemon-reload|daemon-reexec|log-level|log-target|import-environment|set-environment|unset-environment|cancel|default|rescue|emergency|halt|poweroff|reboot|kexec|soft-reboot|suspend|hibernate|hybrid-sleep|suspend-then-hibernate|switch-root|exit|reset-failed",
      acts,
    ],
    ["revert", removes("systemd unit settings")],
    ["clean", removes("systemd unit data")],
  ],
  otherwise: looks,
});

const service = program((act) => {
  const given = act.args.map((word) => word.value ?? "?");
  return given.includes("--status-all") || given[1] === "status" ? act.inspect() : act.execute();
});

const journalctl = cli({
  values:
    "-u --unit -n --lines -S --since -U --until -p --priority -o --output -b --boot -t --identifier -g --grep -D --directory -k -M -F --field",
  rows: [],
  otherwise: (act, { has }) => {
    const vacuums = has("--vacuum-size", "--vacuum-time", "--vacuum-files");
    if (vacuums)
      return act.delete("/var/log/journal", {
        recursive: true,
        certainty: "possible",
        via: "journalctl --vacuum",
      });
    return has(
      "--rotate",
      "--flush",
      "--sync",
      "--relinquish-var",
      "--setup-keys",
      "--update-catalog",
    )
      ? act.execute()
      : act.inspect();
  },
});

/** The signal 0 only asks whether a process is there; `-l` lists the signals. */
const kill = program((act) => {
  const [first, second] = act.args.map((word) => word.value);
  if (first === "-l" || first === "-L" || first === "-0" || (first === "-s" && second === "0"))
    return act.inspect();
  return act.args.length === 0 ? act.inspect() : act.execute();
});

/** userdel(8), deluser(8): the home folder goes with an option. */
const userdel = tool<string>(
  "r,remove f,force R,root: P,prefix: Z,selinux-user remove-home remove-all-files backup backup-to: system group only-if-empty quiet conf:",
  (act, options) => {
    act.execute();
    const home = options.has("r") || options.has("remove-home") || options.has("remove-all-files");
    for (const user of options.operands.slice(0, 1)) {
      act.delete(thing(`user ${textOf(user)}`), { certainty: "certain" });
      if (home && user.value !== undefined) act.delete(`/home/${user.value}`, { recursive: true });
    }
  },
);

const groupdel = tool<string>("f,force R,root: P,prefix:", (act, { operands }) => {
  for (const group of operands)
    act.delete(thing(`group ${textOf(group)}`), { certainty: "certain" });
});

/** iptables(8): `-F` and `-X` delete rules. */
const iptables = program((act) => {
  const given = act.args.map((word) => word.value ?? "");
  if (given.some((value) => /^-(?:F|X|D|Z)$|^--(?:flush|delete-chain|delete|zero)$/.test(value)))
    return act.delete(thing("firewall rules"), { recursive: true, certainty: "certain" });
  return given.every((value) =>
    /^(?:-[LSnvxVhwt]+|--(?:list|list-rules|version|numeric|verbose|line-numbers|table)|[a-zA-Z]+|)$/.test(
      value,
    ),
  ) && given.some((value) => /^-[nvx]*[LSVC]|^--(?:list|version|check)/.test(value))
    ? act.inspect()
    : act.execute();
});

const firewall = cli({
  values: "--zone --permanent-x",
  rows: [
    [
      "delete|reset|flush|flush ruleset|delete table|delete chain|delete rule|destroy",
      removes("firewall rules"),
    ],
    ["status|list|list ruleset|list tables|show|app list|version", looks],
  ],
  otherwise: (act, { has }) =>
    has(
      "--list-all",
      "--list-ports",
      "--list-services",
      "--state",
      "--get-zones",
      "--get-default-zone",
      "--get-active-zones",
      "--list-all-zones",
    )
      ? act.inspect()
      : act.execute(),
});

/** ip(8): objects, then a verb. */
const ip = program((act) => {
  const given = act.args.map((word) => word.value ?? "?").filter((value) => !value.startsWith("-"));
  const [, verb] = given;
  if (given[0] === "netns" && verb === "exec")
    return act.run(act.args.slice(act.args.findIndex((word) => word.value === "exec") + 2));
  if (verb === undefined || /^(?:sh(?:o|ow)?|l(?:i|is|ist)?|get|monitor|help|save|lst)$/.test(verb))
    return act.inspect();
  const deletes = /^(?:d(?:e|el|elete)?|f(?:l|lu|lus|lush)?)$/.test(verb);
  return deletes
    ? act.delete(thing(`network ${given.join(" ")}`), {
        certainty: "certain",
        via: `ip ${given[0]} ${verb}`,
      })
    : act.execute();
});

/** ifconfig and its like: one word names what is shown. */
const ifconfig = program((act) => {
  const names = act.args.filter((word) => !leadingText(word).startsWith("-"));
  return names.length > 1 ? act.execute() : act.inspect();
});

/** sysctl(8): `name=value` and `-w` set. */
const sysctl = program((act) => {
  const sets = act.args.some(
    (word) =>
      /^-[a-z]*[wp]|^--(?:write|load|system)/.test(word.value ?? "") ||
      leadingText(word).includes("="),
  );
  return sets ? act.execute() : act.inspect();
});

const hostnamectl = changesUnless(
  "status show list list-timezones show-timesync timesync-status show-session list-sessions list-users session-status user-status show-user list-seats list-locales list-keymaps list-x11-keymap-models query statistics --version is-active",
);

const machine = (act: Act) => act.execute();

export const services = family(
  ["systemctl", systemctl],
  ["service rc-service", service],
  ["journalctl", journalctl],
  [
    "initctl rc-update chkconfig sv svc supervisorctl launchctl runit s6-svc update-rc.d openrc brew-services monit",
    changesUnless("status list show print show-config version avail tail pid print-disabled blame"),
  ],
  [
    "hostnamectl timedatectl localectl loginctl resolvectl networkctl machinectl busctl bootctl coredumpctl portablectl homectl nmcli systemd-resolve udevadm varlinkctl oomctl userdbctl",
    hostnamectl,
  ],
  [
    "systemd-analyze systemd-detect-virt systemd-path systemd-cgls systemd-cgtop systemd-escape systemd-delta",
    program(() => undefined),
  ],
  [
    "systemd-tmpfiles",
    tool<string>(
      "create clean remove boot prefix: exclude-prefix: E root: image: replace: user cat-config tldr dry-run no-pager purge graceful",
      (act, options) => {
        if (options.has("cat-config") || options.has("dry-run")) return;
        if (options.has("clean") || options.has("remove") || options.has("purge"))
          act.delete(thing("temporary files by tmpfiles.d"), {
            recursive: true,
            certainty: "certain",
          });
        else act.execute();
      },
    ),
  ],
  [
    "systemd-sysusers systemd-mount systemd-umount systemd-firstboot systemd-notify systemd-ask-password",
    execute,
  ],
  ["kill", kill],
  ["pkill killall skill snice killall5 slay xkill", kill],
  [
    "reboot shutdown halt poweroff init telinit runlevel-set kexec",
    program((act) =>
      act.args.some((word) => /^(?:-c|--help|-k)$/.test(word.value ?? ""))
        ? act.inspect()
        : act.execute(),
    ),
  ],
  ["runlevel rfkill-list", program(() => undefined)],
  [
    "renice disown-process cpupower cpufreq-set powertop tlp tuned-adm x86_energy_perf_policy",
    execute,
  ],
  [
    "useradd adduser usermod groupadd addgroup groupmod gpasswd newusers chpasswd passwd chage vipw vigr pwconv pwunconv grpconv grpunconv usermgmt newgidmap newuidmap dscl sysadminctl loginctl-enable newgrp chgpasswd faillock pam-auth-update authconfig authselect",
    changesUnless("-S --status -l --list -D"),
  ],
  ["userdel deluser", userdel],
  ["groupdel delgroup", groupdel],
  [
    "visudo",
    program((act) =>
      act.args.some((word) => /^-[a-z]*c/.test(word.value ?? ""))
        ? act.read("/etc/sudoers")
        : act.write("/etc/sudoers"),
    ),
  ],
  ["iptables ip6tables ebtables arptables iptables-legacy iptables-nft", iptables],
  ["nft ufw firewall-cmd pfctl ipset", firewall],
  ["iptables-save ip6tables-save", program(() => undefined)],
  ["iptables-restore ip6tables-restore iptables-apply fail2ban-client", execute],
  ["ip", ip],
  ["ifconfig iwconfig route arp iw ethtool mii-tool brctl bridge tc vconfig", ifconfig],
  [
    "ifup ifdown dhclient dhcpcd wpa_supplicant wpa_cli hostapd dnsmasq rfkill nmtui pppd wg-quick wg openvpn tailscale zerotier-cli networksetup scutil ipconfig-set netplan resolvconf",
    changesUnless("status show get list ip version netcheck ping --get"),
  ],
  ["sysctl", sysctl],
  [
    "modprobe insmod rmmod depmod-run kmod",
    changesUnless("-n --dry-run --show-depends -c list -D --resolve-alias"),
  ],
  [
    "hwclock ntpdate chronyc chronyd ntpd timedatectl-set adjtimex rtcwake",
    changesUnless("-r --show tracking sources sourcestats activity -q"),
  ],
  [
    "setenforce setsebool semanage semodule aa-enforce aa-complain aa-disable apparmor_parser auditctl getenforce sestatus getsebool",
    changesUnless("-l --list -s"),
  ],
  [
    "grub-install grub2-install grub-mkconfig grub2-mkconfig efibootmgr update-grub2 mkinitcpio mkinitramfs bless nvram csrutil spctl tmutil pmset systemsetup defaults kextload",
    changesUnless("read -g status list listbackups latestbackup"),
  ],
  [
    "xset xrandr xinput setxkbmap xmodmap gsettings dconf xdg-settings xdg-mime setfont loadkeys amixer pactl wpctl brightnessctl",
    changesUnless("get list query -q --query read dump show info status"),
  ],
  [
    "xdg-open open gnome-open start notify-send zenity kdialog say espeak aplay paplay wmctrl xdotool ydotool xclip xsel pbcopy wl-copy clip osd_cat",
    program(machine),
  ],
  ["pbpaste wl-paste xprop xwininfo xdpyinfo", program(() => undefined)],
);
