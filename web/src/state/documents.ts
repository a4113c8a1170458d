/** The documents of each item, as those who prepare the day keep them; what others may see is told to them elsewhere. */

import type { EventFrame } from "../realtime/frames";

export interface Document {
  id: string;
  title: string;
  kind: "jpeg" | "png" | "pdf";
  size: number;
}

export interface DocumentDesk {
  items: Record<string, Document[]>;
}

export function evolveDocuments(state: DocumentDesk, { name, data }: EventFrame): DocumentDesk {
  const [item, id] = [data.item as string, data.document as string];
  const own = state.items[item] ?? [];
  switch (name) {
    case "document_added":
      return withItem(state, item, [...own, data.document as Document]);
    case "document_renamed":
      return withItem(state, item, own.map((one) => (one.id === id ? { ...one, title: data.title as string } : one)));
    case "document_moved": {
      const left = own.filter((one) => one.id !== id);
      const place = data.place as number;
      return withItem(state, item, [...left.slice(0, place), ...own.filter((one) => one.id === id), ...left.slice(place)]);
    }
    case "document_removed":
      return withItem(state, item, own.filter((one) => one.id !== id));
    default:
      return state;
  }
}

function withItem({ items }: DocumentDesk, item: string, own: Document[]): DocumentDesk {
  const { [item]: _, ...others } = items;
  return { items: own.length > 0 ? { ...others, [item]: own } : others };
}

export function addressOf(item: string, document = ""): string {
  const all = `/api/library/${encodeURIComponent(item)}/documents`;
  return document === "" ? all : `${all}/${encodeURIComponent(document)}`;
}
