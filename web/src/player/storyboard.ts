/** Small pictures of a replay: which stands where, and which part of which sheet it is. */

export interface Storyboard {
  ready: boolean;
  /** "rough" until a person has looked at where it begins and ends. */
  state: string;
  tile: [number, number];
  columns: number;
  a_sheet: number;
  sheets: string[];
  at_s: number[];
  gaps: [number, number][];
}

export interface Tile {
  sheet: string;
  left_px: number;
  top_px: number;
  width_px: number;
  height_px: number;
}

/** The last picture that is not later; the first where all are. */
export function tileAt(board: Storyboard, at_s: number): Tile | null {
  const index = Math.max(0, board.at_s.findLastIndex((each) => each <= at_s));
  const sheet = board.sheets[Math.floor(index / board.a_sheet)];
  if (!sheet || board.at_s.length === 0) return null;
  const place = index % board.a_sheet;
  const [width_px, height_px] = board.tile;
  return { sheet, width_px, height_px, left_px: (place % board.columns) * width_px, top_px: Math.floor(place / board.columns) * height_px };
}

/** Where a replay's small pictures are told of; null for what is no replay. */
export function storyboardOf(url: string): string | null {
  const found = /^(\/replay\/[^/]+)\/(whole\/)?index\.m3u8$/.exec(url);
  return found ? `${found[1]}/storyboard.json${found[2] ? "?whole" : ""}` : null;
}

export async function fetchStoryboard(address: string): Promise<Storyboard | null> {
  try {
    const answer = await fetch(address);
    return answer.ok ? ((await answer.json()) as Storyboard) : null;
  } catch {
    return null;
  }
}
