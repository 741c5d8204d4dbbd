// The host that a URL or an address such as `user@host:path` names.

/** Longer addresses are no host names (RFC 1035: 255 octets) with any user or path worth keeping. */
const maxAddressLength = 2_048;

/** Undefined where the text is not known or names no host. */
export function literalHost(address: string | undefined): string | undefined {
  if (address === undefined || address.length > maxAddressLength) return undefined;
  const scheme = address.indexOf("://");
  const rest = scheme < 0 ? address : address.slice(scheme + 3);
  const authority = cut(rest, "/?#");
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (host.startsWith("[")) return host.slice(1, host.indexOf("]")) || undefined;
  return cut(host, ":") || undefined;
}

/** `user@host:path` and `host:path`, which scp and rsync read as remote; a slash before the colon is a file. */
export function isRemotePath(path: string): boolean {
  const colon = path.indexOf(":");
  const slash = path.indexOf("/");
  return colon > 0 && (slash < 0 || colon < slash);
}

function cut(text: string, stops: string): string {
  for (let at = 0; at < text.length; at += 1)
    if (stops.includes(text[at] ?? "")) return text.slice(0, at);
  return text;
}
