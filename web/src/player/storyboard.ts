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

/** Where a replay's small pictures are told of, and the pass that they are asked for with. */
export interface Told {
  address: string;
  pass: string;
}

/** Null for what is no replay. */
export function storyboardOf(url: string): Told | null {
  const found = /^(\/replay\/[^/]+)\/(whole\/)?index\.m3u8(\?pass=[^&#]+)?$/.exec(url);
  if (!found) return null;
  const pass = found[3] ?? "";
  return { address: `${found[1]}/storyboard.json${pass || (found[2] ? "?whole" : "")}`, pass };
}

export async function fetchStoryboard(address: string, pass = ""): Promise<Storyboard | null> {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    const board = (await answer.json()) as Storyboard;
    return { ...board, sheets: board.sheets.map((sheet) => sheet + pass) };
  } catch {
    return null;
  }
}
