/**
 * Storage where a browser refuses it: a frame on another site, with other sites' storage turned off, throws as soon
 * as it is asked for. What would be remembered is then known for as long as the page is open. Imported before all else.
 */

class Unstored implements Storage {
  private readonly kept = new Map<string, string>();

  get length(): number {
    return this.kept.size;
  }
  clear(): void {
    this.kept.clear();
  }
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, String(value));
  }
}

export function standIn(page: object): void {
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      if (Reflect.get(page, name)) continue;
    } catch {
      // Refused: the stand-in takes its place.
    }
    Object.defineProperty(page, name, { value: new Unstored(), configurable: true });
  }
}

standIn(globalThis);
