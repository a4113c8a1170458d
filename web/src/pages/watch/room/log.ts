/** A room's messages as they are drawn: one after another by the same person stand together. */

import type { Message } from "../../../state/room";

export interface Drawn {
  message: Message;
  /** Shows the name and the hour. */
  isFirst: boolean;
  replyTo: Message | null;
}

const together_ms = 5 * 60_000;

export function drawn(messages: readonly Message[]): Drawn[] {
  return messages.map((message, index) => ({
    message,
    isFirst: !follows(messages[index - 1], message),
    replyTo: messages.find((one) => one.id === message.reply_to) ?? null,
  }));
}

function follows(before: Message | undefined, message: Message): boolean {
  if (!before || before.author.id !== message.author.id || message.reply_to !== undefined) return false;
  return Date.parse(message.at) - Date.parse(before.at) < together_ms;
}
