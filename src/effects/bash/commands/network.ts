// Programs that talk to other machines: what they fetch, what they send, which files they write.

import { thing } from "../cli.ts";
import type { Command, Word } from "../command.ts";
import { runsLocalSettings } from "../command-words.ts";
import { isRemotePath, literalHost } from "../hosts.ts";
import { leadingText, type Options } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

function connectsTo(act: Act, url: Word): void {
  if (url.value?.startsWith("file://") === true) act.read(url.value.slice(7));
  else act.connect(literalHost(url.value) ?? hostOfParts(url) ?? "unknown");
}

/** `https://host/$path`: the host stands before the first hole. */
function hostOfParts(url: Word): string | undefined {
  const text = leadingText(url);
  const start = text.indexOf("://");
  const end = start < 0 ? -1 : text.indexOf("/", start + 3);
  return end < 0 ? undefined : literalHost(text.slice(0, end));
}

const curl = tool<string>(
  [
    "a,append A,user-agent: b,cookie: B,use-ascii c,cookie-jar: C,continue-at: d,data,data-ascii: data-binary: data-raw: data-urlencode: D,dump-header: e,referer: E,cert: f,fail F,form: form-string: g,globoff G,get",
    "h:: H,header: i,include,show-headers I,head j,junk-session-cookies J,remote-header-name k,insecure K,config: l,list-only L,location m,max-time: M,manual n,netrc N,no-buffer o,output: O,remote-name remote-name-all output-dir: p,proxytunnel P,ftp-port:",
    "q,disable Q,quote: r,range: R,remote-time s,silent S,show-error t,telnet-option: T,upload-file: u,user: U,proxy-user: v,verbose w,write-out: x,proxy: X,request: y,speed-time: Y,speed-limit: z,time-cond: Z,parallel 0 1 2 3 4 6 progress-bar next",
    "url: json: create-dirs compressed connect-timeout: retry: retry-delay: retry-max-time: retry-all-errors retry-connrefused cacert: capath: key: key-type: pass: ciphers: cert-type: resolve: connect-to: interface: limit-rate: max-redirs: noproxy: proto: proto-redir: trace: trace-ascii: stderr: unix-socket: abstract-unix-socket: user-agent-x: variable:",
    "aws-sigv4: doh-url: dns-servers: ftp-method: hostpubmd5: krb: libcurl: local-port: login-options: mail-from: mail-rcpt: max-filesize: netrc-file: oauth2-bearer: parallel-max: pinnedpubkey: proxy-header: pubkey: socks5: socks5-hostname: socks4: tls-max: etag-save: etag-compare: hsts: alt-svc: fail-with-body fail-early http1.1 http2 http3 tlsv1.2 tlsv1.3 ssl no-clobber remove-on-error rate: request-target: service-name: time-cond-x:",
  ],
  (act, options) => {
    const urls = [...options.values("url"), ...options.operands];
    for (const url of urls) connectsTo(act, url);
    for (const file of options.values("K")) act.unknown(`curl takes options from ${textOf(file)}`);
    sends(act, options);
    saves(act, options, urls);
    const method = options.value("X")?.value?.toUpperCase();
    const quoted = options
      .values("Q")
      .some((word) => /^[-+*]?\s*(?:DELE|RMD|rm|rmdir|rename|RNFR)\b/i.test(word.value ?? ""));
    if (method === "DELETE" || quoted)
      for (const url of urls)
        act.delete(thing(textOf(url)), {
          certainty: "certain",
          via: quoted ? "curl -Q" : "curl -X DELETE",
        });
    else if (method !== undefined && !/^(?:GET|HEAD|OPTIONS)$/.test(method))
      act.execute({ via: `curl -X ${method}` });
    else if (sending.some((name) => options.has(name)) && !options.has("G"))
      act.execute({ via: "curl --data" });
  },
);

const sending = ["d", "data-binary", "data-raw", "data-urlencode", "F", "form-string", "json", "T"];

/** `@file` and `name=@file` are sent. */
function sends(act: Act, options: Options): void {
  for (const name of ["d", "data-binary", "data-urlencode", "F", "json"]) {
    for (const value of options.values(name)) {
      const file = /^(?:[^=@]*=)?[@<]([^;]+)/.exec(value.value ?? "")?.[1];
      if (file !== undefined && file !== "-") act.read(file, { via: "curl --data" });
    }
  }
  for (const file of options.values("T"))
    if (file.value !== "-" && file.value !== ".") act.read(file, { via: "curl --upload-file" });
}

function saves(act: Act, options: Options, urls: readonly Word[]): void {
  const folder = options.value("output-dir");
  const place = (name: string): string =>
    folder?.value === undefined ? name : `${folder.value}/${name}`;
  const sure = folder === undefined || folder.value !== undefined;
  for (const file of options.values("o")) {
    if (file.value === "-") continue;
    act.overwrite(
      file.value !== undefined && sure && !file.value.startsWith("/") ? place(file.value) : file,
    );
  }
  if (options.has("O") || options.has("remote-name-all"))
    for (const url of urls) act.overwrite(place(nameOf(url)));
  for (const name of [
    "c",
    "D",
    "trace",
    "trace-ascii",
    "stderr",
    "libcurl",
    "etag-save",
    "hsts",
    "alt-svc",
  ]) {
    const file = options.value(name);
    if (file !== undefined && file.value !== "-" && file.value !== "%") act.overwrite(file);
  }
}

/** The last part of a URL's path. */
function nameOf(url: Word): string {
  const path = textOf(url)
    .replace(/[?#].*$/, "")
    .replace(/^[a-z]+:\/\//, "");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return path.includes("/") && name !== "" ? name : "index.html";
}

const wget = tool<string>(
  [
    "V,version b,background e,execute: o,output-file: a,append-output: d,debug q,quiet v,verbose nv,no-verbose report-speed: i,input-file: F,force-html B,base: config: no-config rejected-log:",
    "t,tries: retry-connrefused retry-on-http-error: O,output-document: nc,no-clobber no-netrc c,continue start-pos: progress: show-progress N,timestamping no-if-modified-since no-use-server-timestamps S,server-response spider T,timeout:",
    "dns-timeout: connect-timeout: read-timeout: w,wait: waitretry: random-wait no-proxy Q,quota: bind-address: limit-rate: no-dns-cache restrict-file-names: ignore-case 4,inet4-only 6,inet6-only prefer-family: user: password: ask-password use-askpass:: no-iri",
    "x,force-directories nd,no-directories nH,no-host-directories protocol-directories P,directory-prefix: cut-dirs: http-user: http-password: no-cache default-page: E,adjust-extension header: compression: max-redirect: proxy-user: proxy-password: referer: save-headers",
    "U,user-agent: no-http-keep-alive no-cookies load-cookies: save-cookies: keep-session-cookies post-data: post-file: method: body-data: body-file: content-disposition content-on-error trust-server-names secure-protocol: https-only no-check-certificate certificate:",
    "certificate-type: private-key: private-key-type: ca-certificate: ca-directory: crl-file: ciphers: no-hsts hsts-file: r,recursive l,level: delete-after k,convert-links K,backup-converted m,mirror p,page-requisites A,accept: R,reject: D,domains: exclude-domains: I,include-directories: X,exclude-directories: np,no-parent H,span-hosts L,relative accept-regex: reject-regex: follow-tags: ignore-tags: no-remove-listing ftp-user: ftp-password:",
  ],
  (act, options) => {
    for (const url of options.operands) connectsTo(act, url);
    for (const file of options.values("i")) {
      if (file.value !== "-") act.read(file);
      act.connect("unknown");
    }
    if (options.values("e").some((word) => /(?:use_?askpass|http_?proxy)/i.test(word.value ?? "")))
      act.unknown("wget -e names another program or host");
    const askpass = options.value("use-askpass");
    if (askpass !== undefined) act.script(askpass, { possible: true, newShell: true });
    for (const file of options.values("post-file")) act.read(file);
    for (const name of ["o", "a", "save-cookies", "rejected-log"]) {
      const file = options.value(name);
      if (file !== undefined && file.value !== "-") act.overwrite(file);
    }
    const method = options.value("method")?.value?.toUpperCase();
    if (method === "DELETE")
      for (const url of options.operands)
        act.delete(thing(textOf(url)), { certainty: "certain", via: "wget --method=DELETE" });
    else if (method !== undefined || options.has("post-data") || options.has("post-file"))
      act.execute({ via: "wget --method" });
    if (!options.has("spider")) savesDownload(act, options);
  },
  { singleDash: false },
);

/** An older file is kept under its name, and the new one gets a number, unless `-O` or `-N` says otherwise. */
function savesDownload(act: Act, options: Options): void {
  const file = options.value("O");
  const folder = options.value("P");
  if (file !== undefined) {
    if (file.value !== "-") act.overwrite(file);
  } else if (options.has("r") || options.has("m") || options.has("p") || options.has("i")) {
    act.write(folder ?? ".", { recursive: true });
  } else if (folder !== undefined) act.write(folder, { recursive: true });
  else for (const url of options.operands) act.write(nameOf(url), { creates: true });
}

/** scp(1) and sftp(1) take ssh's options. */
const scp = tool<string>(
  "3 4 6 A B C O p q R r s T v c: D: F: i: J: l: o: P: S: X:",
  (act, options) => {
    runsLocalSettings(act, options.values("o"));
    const program = options.value("S");
    if (program !== undefined && program.value !== "ssh")
      act.run([program], { possible: true, via: "scp -S" });
    const destination = options.operands.at(-1);
    if (destination === undefined) return;
    const recursive = options.has("r");
    for (const source of options.operands.slice(0, -1)) {
      if (isRemote(source)) connectsTo(act, source);
      else act.read(source, { recursive });
    }
    if (isRemote(destination)) {
      connectsTo(act, destination);
      act.write(thing(textOf(destination)), { recursive, certainty: "certain" });
    } else {
      act.overwrite(destination, { recursive });
      if (options.has("p"))
        act.permission(destination, { family: "chmod", incidental: true }, { recursive });
    }
  },
);

function isRemote(word: Word): boolean {
  return /^(?:scp|sftp):\/\//.test(word.value ?? "") || isRemotePath(leadingText(word));
}

const sftpDestroys = /^\s*[-@]*\s*(rm|rmdir|rename|put|mput|reput)\b\s*(.*)$/;

const sftp = tool<string>(
  "4 6 A a C f N p q r v B: b: c: D: F: i: J: l: o: P: R: S: s: X:",
  (act, options) => {
    runsLocalSettings(act, options.values("o"));
    const [destination] = options.operands;
    if (destination === undefined) return;
    connectsTo(act, destination);
    const batch = options.value("b");
    const { stdin } = act.invocation;
    const text =
      batch === undefined || batch.value === "-"
        ? stdin.kind === "text"
          ? stdin.text
          : undefined
        : act.scope.contentOf(batch);
    if (text !== undefined) transferLines(act, text, textOf(destination));
    else if (batch !== undefined || stdin.kind === "unknown")
      act.unknown(`${act.invocation.program} runs commands that are not seen`);
    else if (isRemotePath(leadingText(destination)))
      act.overwrite(".", { recursive: true, certainty: "possible" });
  },
);

/** Lines of one batch that are looked at. */
const maxLines = 2_000;

/** `rm x`, `!command`, `get`, `lcd` of sftp, ftp and lftp. */
function transferLines(act: Act, text: string, where: string): void {
  for (const line of text.split(/[\n;]/, maxLines)) {
    const shell = /^\s*!(.*)$/.exec(line);
    const done = sftpDestroys.exec(line.slice(0, 4_096));
    if (shell?.[1] !== undefined)
      act.script(shell[1], { newShell: true, via: `${act.invocation.program} !` });
    else if (done !== null) {
      const target = thing(`${where}:${done[2]}`);
      if (done[1]?.endsWith("put") === true) act.write(target, { certainty: "certain" });
      else
        act.delete(target, { certainty: "certain", via: `${act.invocation.program} ${done[1]}` });
    } else if (/^\s*(?:get|mget|reget|mirror)\b/.test(line))
      act.overwrite(".", { recursive: true, certainty: "possible" });
  }
}

const lftp = program((act) => {
  const at = act.args.findIndex((word) => word.value === "-e" || word.value === "-c");
  const commands = act.args[at + 1];
  const host = act.args.find(
    (word, index) => index !== at + 1 && !leadingText(word).startsWith("-"),
  );
  if (host !== undefined) connectsTo(act, host);
  const { stdin } = act.invocation;
  const text = at >= 0 ? commands?.value : stdin.kind === "text" ? stdin.text : undefined;
  if (text !== undefined) {
    transferLines(act, text, host === undefined ? "ftp" : textOf(host));
    if (/\bmirror\b.*(?:--delete|-e\b)/.test(text))
      act.delete(".", { recursive: true, certainty: "possible", via: "lftp mirror --delete" });
  } else if (at >= 0 || stdin.kind === "unknown")
    act.unknown(`${act.invocation.program} runs commands that are not seen`);
  return undefined;
});

/** nc(1), ncat(1), socat(1): `-e` and `EXEC:` hand the connection to a program. */
const nc = program((act) => {
  for (let at = 0; at < act.args.length; at += 1) {
    const name = act.args[at]?.value ?? "";
    const next = act.args[at + 1];
    if (next !== undefined && /^(?:-[a-z]*[ec]|--exec|--sh-exec|--lua-exec)$/.test(name)) {
      act.script(next, {
        newShell: true,
        via: `${act.invocation.program} ${name}`,
        stdin: { kind: "unknown", why: "the network" },
      });
    }
    const output = name === "-o" || name === "--output" ? next : undefined;
    if (output !== undefined) act.overwrite(output);
  }
  const [host] = hostsOf(
    act.args,
    /^-[a-z]*[ecopwsxXiIOTqgGMmd]$|^--(?:exec|sh-exec|lua-exec|output|proxy|source|idle-timeout)$/,
  );
  act.connect(host === undefined ? "unknown" : textOf(host));
  return undefined;
});

/** The words that are neither options nor values of those that take one. */
function hostsOf(args: readonly Word[], taking: RegExp): readonly Word[] {
  return args.filter((word, at) => {
    const before = args[at - 1];
    return (
      !leadingText(word).startsWith("-") &&
      !(before !== undefined && taking.test(before.value ?? ""))
    );
  });
}

const socat = program((act) => {
  for (const address of act.args.filter((word) => !leadingText(word).startsWith("-"))) {
    const [kind = "", ...rest] = (address.value ?? "?").split(":");
    const place = rest.join(":").split(",")[0] ?? "";
    if (/^(?:EXEC|SYSTEM|SHELL)$/i.test(kind))
      act.script(rest.join(":"), {
        newShell: true,
        via: "socat",
        stdin: { kind: "unknown", why: "the network" },
      });
    else if (/^(?:OPEN|CREATE|GOPEN|FILE)$/i.test(kind)) act.overwrite(place);
    else if (kind !== "-" && !/^STD/i.test(kind)) act.connect(place || "unknown");
  }
  return undefined;
});

/** Only asks another machine. */
const asks = program((act) => {
  const host = act.args.find(
    (word) => !leadingText(word).startsWith("-") && !/^\d+$/.test(word.value ?? "x"),
  );
  return act.connect(host === undefined ? "unknown" : textOf(host));
});

const nmap = tool<string>(
  "o: oN: oX: oG: oA: oS: p: s: T: P: i: iL: script: script-args: e: D: S: g: max-retries: host-timeout: min-rate: A F n R O v d 6 r resume: datadir: open reason sV sS sT sU sn Pn",
  (act, options) => {
    for (const host of options.operands) act.connect(textOf(host));
    for (const name of ["oN", "oX", "oG", "oA"])
      for (const file of options.values(name)) act.overwrite(file);
  },
  { singleDash: true },
);

/** ssh-keygen(1): makes a key, or changes known_hosts. */
const sshKeygen = tool<string>(
  "A B c D: E: e F: f: g H h i I: K k L l M: m: N: n: O: P: p Q q R: r: s: t: U u V: v w: W: Y: y Z: z: C: b: a:",
  (act, options) => {
    const file = options.value("f");
    if (["B", "F", "l", "L", "Q", "y", "e", "D", "r"].some((name) => options.has(name)))
      return file === undefined ? undefined : act.read(file);
    if (options.has("Y"))
      return options.value("Y")?.value === "sign"
        ? act.write(".", { certainty: "possible" })
        : undefined;
    const home = act.scope.home ?? "~";
    if (options.has("R") || options.has("H")) return act.write(file ?? `${home}/.ssh/known_hosts`);
    if (file === undefined) return act.write(`${home}/.ssh`, { recursive: true });
    act.overwrite(file);
    return act.overwrite(`${textOf(file)}.pub`);
  },
  { singleDash: false },
);

const gpg = gpgCommand();

/** gpg(1): commands and options alike begin with dashes, and may be cut short. */
function gpgCommand(): Command {
  return tool<string>(
    [
      "s,sign clear-sign,clearsign b,detach-sign e,encrypt c,symmetric d,decrypt verify k,list-keys,list-public-keys list-signatures,list-sigs check-signatures fingerprint K,list-secret-keys gen-key,generate-key full-generate-key,full-gen-key quick-generate-key quick-gen-key generate-revocation,gen-revoke",
      "delete-keys,delete-key delete-secret-keys,delete-secret-key delete-secret-and-public-key quick-sign-key quick-revoke-sig sign-key lsign-key edit-key change-passphrase export send-keys receive-keys,recv-keys search-keys refresh-keys import card-status edit-card update-trustdb print-md server export-secret-keys export-secret-subkeys export-ssh-key list-packets list-config dearmor enarmor fetch-keys export-ownertrust import-ownertrust",
      "a,armor r,recipient: u,local-user: z,compress-level: o,output: v,verbose q,quiet n,dry-run i,interactive batch yes no default-key: homedir: keyring: no-default-keyring passphrase: passphrase-file: passphrase-fd: pinentry-mode: keyserver: trust-model: cipher-algo: digest-algo: status-fd: with-colons with-fingerprint R,hidden-recipient: f,recipient-file: t,textmode m,multifile no-tty always-trust always trusted-key: photo-viewer: use-agent no-use-agent",
    ],
    (act, options) => {
      const viewer = options.value("photo-viewer");
      if (viewer !== undefined) act.script(viewer, { possible: true, newShell: true });
      if (options.has("n")) return;
      for (const name of ["delete-keys", "delete-secret-keys", "delete-secret-and-public-key"]) {
        if (options.has(name))
          for (const key of options.operands)
            act.delete(thing(`gpg key ${textOf(key)}`), {
              certainty: "certain",
              via: `gpg --${name}`,
            });
      }
      const output = options.value("o");
      for (const file of options.operands.filter((word) => /[./]/.test(word.value ?? "")))
        act.read(file);
      if (output !== undefined && output.value !== "-") return act.overwrite(output);
      const [first] = options.operands;
      const writes = ["s", "clear-sign", "b", "e", "c"].some((name) => options.has(name));
      if (writes && first?.value !== undefined)
        return act.write(
          `${first.value}${options.has("b") ? ".sig" : options.has("a") || options.has("clear-sign") ? ".asc" : ".gpg"}`,
        );
      if (
        ["send-keys", "receive-keys", "search-keys", "refresh-keys", "fetch-keys"].some((name) =>
          options.has(name),
        )
      )
        act.connect("keyserver");
      if (
        [
          "gen-key",
          "full-generate-key",
          "quick-generate-key",
          "import",
          "edit-key",
          "receive-keys",
          "import-ownertrust",
          "sign-key",
          "quick-gen-key",
        ].some((name) => options.has(name))
      )
        act.execute();
      return undefined;
    },
  );
}

/** openssl(1): `-out`, `-keyout`, `-writerand` name files. */
const openssl = program((act) => {
  const given = act.args;
  for (let at = 0; at < given.length; at += 1) {
    const name = (given[at]?.value ?? "").replace(/^--/, "-");
    const file = given[at + 1];
    if (file === undefined) continue;
    if (
      /^-(?:out|keyout|writerand|sess_out|CAserial|crl_out|certsout|signer_out|keylogfile)$/.test(
        name,
      )
    )
      act.overwrite(file);
    else if (/^-(?:in|inkey|CA|CAkey|cert|key|config|CAfile|infiles)$/.test(name)) act.read(file);
    else if (name === "-connect") act.connect(literalHost(file.value) ?? file.source);
    else if (name === "-engine" || name === "-provider")
      act.unknown(`openssl loads ${textOf(file)}`);
  }
  return undefined;
});

const downloads = tool<string>(
  "o,output,out: P,directory-prefix,dir: d: x: s: j: i,input-file: q,quiet v,verbose n: c,continue f: format: O: extract-audio audio-format: Z: header: http-user: http-passwd: k,check: on-download-complete: exec: allow-overwrite: auto-file-renaming: U: t:",
  (act, options) => {
    for (const url of options.operands) connectsTo(act, url);
    for (const name of ["on-download-complete", "exec"])
      for (const command of options.values(name))
        act.script(command, { possible: true, newShell: true });
    const file = options.value("o");
    act.write(options.value("P") ?? options.value("d") ?? ".", { recursive: true });
    if (file !== undefined) act.overwrite(file);
  },
);

const httpie = program((act) => {
  const given = act.args.filter((word) => !leadingText(word).startsWith("-"));
  const method = /^[A-Z]{3,7}$/.test(given[0]?.value ?? "") ? given[0]?.value : undefined;
  const url = method === undefined ? given[0] : given[1];
  if (url !== undefined) connectsTo(act, url);
  const at = act.args.findIndex((word) => word.value === "-o" || word.value === "--output");
  const file = act.args[at + 1];
  if (at >= 0 && file !== undefined) act.overwrite(file);
  if (method === "DELETE" && url !== undefined)
    return act.delete(thing(textOf(url)), { certainty: "certain", via: "http DELETE" });
  return method !== undefined && method !== "GET" && method !== "HEAD" ? act.execute() : undefined;
});

const sshCopyId = tool<string>("f n s t: i:: p: o: F: h", (act, options) => {
  runsLocalSettings(act, options.values("o"));
  for (const host of options.operands) {
    connectsTo(act, host);
    act.write(thing(`${textOf(host)}:.ssh/authorized_keys`), { certainty: "certain" });
  }
});

const sshAgent = program((act) => {
  const at = act.args.findIndex((word) => !leadingText(word).startsWith("-"));
  const asksOnly = act.args.some((word) => /^-[lL]$/.test(word.value ?? ""));
  if (act.invocation.program === "ssh-agent" && at >= 0) return act.run(act.args.slice(at));
  return asksOnly ? act.inspect() : act.execute();
});

export const network = family(
  ["curl curlie", curl],
  ["wget wget2", wget],
  ["scp", scp],
  ["sftp", sftp],
  ["ftp lftp ncftp ncftpget ncftpput tnftp", lftp],
  ["nc ncat netcat nc.openbsd nc.traditional", nc],
  ["socat", socat],
  [
    `ping ping6 fping traceroute traceroute6 tracepath mtr dig host nslookup drill whois telnet arping hping3 iperf iperf3 speedtest speedtest-cli snmpwalk snmpget ldapsearch smbclient showmount rpcinfo finger-net ntpq grpcurl websocat wscat ab wrk hey siege k6 vegeta tcptraceroute dog doggo ssh-keyscan`,
    asks,
  ],
  ["nmap masscan", nmap],
  ["ssh-keygen", sshKeygen],
  ["ssh-agent ssh-add", sshAgent],
  ["ssh-copy-id", sshCopyId],
  ["gpg gpg2 gpgv", gpg],
  ["openssl", openssl],
  ["aria2c axel youtube-dl yt-dlp httrack gallery-dl", downloads],
  ["http https xh xhs", httpie],
  [
    "tcpdump tshark dumpcap ngrep",
    tool<string>(
      "w: r: i: s: c: C: G: W: z: Z: F: E: y: D A X e n v q l p U t x Y: T: f: b: a: R: O: V d:",
      (act, options) => {
        const file = options.value("w");
        const command = options.value("z");
        if (file !== undefined && file.value !== "-") act.overwrite(file);
        if (command !== undefined && act.invocation.program === "tcpdump")
          act.run([command], { possible: true, via: "tcpdump -z" });
        if (!options.has("r")) act.execute();
      },
    ),
  ],
  [
    "mail mailx mutt sendmail msmtp swaks ngrok cloudflared localtunnel lt certbot acme.sh",
    program((act) => {
      act.connect("unknown");
      return act.execute();
    }),
  ],
);
