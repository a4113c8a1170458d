/**
 * The ICE servers that an endpoint of WHIP or WHEP tells of: one link each in its Link header (RFC 9725 4.6, RFC 8288 3).
 *
 * They are asked for with OPTIONS before an offer is made, with the same proof as the POST, because a relay that is
 * told only with the answer comes too late for a line without UDP. Most lines need none: whoever does not answer in
 * a moment is not waited for. A server that cannot be used is left out, for a browser given one refuses them all.
 */

const longest_header = 8_192;
const most_servers = 8;
const answer_within_ms = 2_000;

const target = /[\s,]*<([^<>]*)>/y;
const parameter = /\s*;\s*([\w!#$%&'*+.^`|~-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;
const rest = /(?:"(?:[^"\\]|\\.)*"|[^,"])*(?:,|$)/y;
const usable = /^(stuns?:[^\s?]+|turns?:[^\s?]+(\?transport=(udp|tcp))?)$/i;

type Ask = (url: string, init: RequestInit) => Promise<Response>;

/** What the endpoint tells; nothing where it does not answer or tells of nothing. */
export async function askIceServers(ask: Ask, url: string, headers: Record<string, string> = {}): Promise<RTCIceServer[]> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), answer_within_ms);
  try {
    const answer = await ask(url, { method: "OPTIONS", headers, signal: giveUp.signal });
    return answer.ok ? iceServersIn(answer.headers.get("Link")) : [];
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

export function iceServersIn(header: string | null): RTCIceServer[] {
  if (!header || header.length > longest_header) return [];
  return linksIn(header)
    .flatMap((link) => serverOf(link) ?? [])
    .slice(0, most_servers);
}

interface Link {
  target: string;
  parameters: Map<string, string>;
}

/** Every link of a header; what is no link is passed over up to the next comma (RFC 8288 B.2). */
function linksIn(header: string): Link[] {
  const links: Link[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < header.length) {
    const parameters = new Map<string, string>();
    const found = next(target);
    for (let one = found && next(parameter); one; one = next(parameter)) {
      const name = (one[1] ?? "").toLowerCase();
      // The first of a name counts (RFC 8288 3.3).
      if (!parameters.has(name)) parameters.set(name, one[2]?.replace(/\\(.)/g, "$1") ?? one[3] ?? "");
    }
    if (found) links.push({ target: found[1] ?? "", parameters });
    if (!next(rest)) break;
  }
  return links;
}

function serverOf({ target: urls, parameters }: Link): RTCIceServer | null {
  const relations = (parameters.get("rel") ?? "").toLowerCase().split(/\s+/);
  if (!relations.includes("ice-server") || !usable.test(urls)) return null;
  if (/^stun/i.test(urls)) return { urls };
  const [username, credential, type] = ["username", "credential", "credential-type"].map((name) => parameters.get(name));
  if (!username || !credential || (type ?? "password") !== "password") return null;
  return { urls, username, credential };
}
