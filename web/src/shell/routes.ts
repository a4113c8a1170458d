/** Which page an address names. */

export type Route =
  | { page: "watch" }
  | { page: "backstage" }
  | { page: "films" }
  | { page: "recordings"; item: string | null }
  | { page: "captions"; item: string | null }
  | { page: "access" }
  | { page: "desk" }
  | { page: "screen" }
  | { page: "questions"; item: string }
  | { page: "camera"; source: string | null }
  | { page: "sharing" }
  | { page: "shared"; token: string; embedded: boolean }
  | { page: "enter"; token: string }
  | { page: "trial"; speaker: boolean }
  | { page: "library" }
  | { page: "recording"; item: string }
  | { page: "nowhere" };

export function routeOf(url: URL): Route {
  const [first = "", second, third] = url.pathname.split("/").filter(Boolean).map(decode);
  switch (first) {
    case "":
    case "watch":
      return { page: "watch" };
    case "backstage":
      return { page: "backstage" };
    case "adgang":
      return { page: "access" };
    case "films":
      return { page: "films" };
    case "recordings":
      return { page: "recordings", item: second ?? null };
    case "undertekster":
      return { page: "captions", item: second ?? null };
    case "desk":
      return { page: "desk" };
    case "screen":
      return { page: "screen" };
    case "questions":
      return second ? { page: "questions", item: second } : { page: "nowhere" };
    case "deling":
      return { page: "sharing" };
    case "del":
      if (!second || (third !== undefined && third !== "indlejret")) return { page: "nowhere" };
      return { page: "shared", token: second, embedded: third !== undefined };
    case "camera":
      return { page: "camera", source: second ?? url.searchParams.get("source") };
    case "proev":
      return second === undefined || second === "taler" ? { page: "trial", speaker: second === "taler" } : { page: "nowhere" };
    case "bibliotek":
      return second ? { page: "recording", item: second } : { page: "library" };
    case "enter":
      return second ? { page: "enter", token: second } : { page: "nowhere" };
    default:
      return { page: "nowhere" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
