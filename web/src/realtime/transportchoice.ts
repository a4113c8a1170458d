/**
 * Which transport to try next. A transport that ends before the server's welcome hands over to the other; the one
 * that was welcomed last is tried first. So a swallowed WebSocket costs one failed attempt, and a server that is
 * away is asked by both in turn.
 */

import type { OpenTransport } from "./transport";

export class TransportChoice {
  private index = 0;
  private everWelcomed = false;
  private failures = 0;

  constructor(private readonly ways: readonly [OpenTransport, ...OpenTransport[]]) {}

  get open(): OpenTransport {
    return this.ways[this.index] ?? this.ways[0];
  }

  /** A way is left that was never tried: no use in waiting long for this one. */
  get hasUntried(): boolean {
    return !this.everWelcomed && this.failures + 1 < this.ways.length;
  }

  welcomed(): void {
    this.everWelcomed = true;
    this.failures = 0;
  }

  /** Returns true while a way that was never tried is left: then there is nothing to wait for. */
  failed(): boolean {
    this.failures += 1;
    this.index = (this.index + 1) % this.ways.length;
    return !this.everWelcomed && this.failures < this.ways.length;
  }
}
