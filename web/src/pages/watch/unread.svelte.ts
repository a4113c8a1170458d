/** How much has come since one last looked; remembered by position, so that a reload forgets nothing. */

export class Unread {
  private seen = $state(0);

  constructor(private readonly key: string) {
    this.seen = Number(localStorage.getItem(key) ?? "0");
  }

  look(seq: number): void {
    if (seq === this.seen) return;
    this.seen = seq;
    localStorage.setItem(this.key, String(seq));
  }

  count(seqs: readonly number[]): number {
    return seqs.filter((seq) => seq > this.seen).length;
  }
}
