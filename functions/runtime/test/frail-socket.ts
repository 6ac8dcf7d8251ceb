/** How often the next COMMITs lose what: the message on its way, or the server's answer to it. */
export const wire = { breaks: 0, lost: 'answer' as 'answer' | 'message' };

/** A connection that dies with the COMMIT it sends, or after the server has done it and before it could answer. */
export class FrailSocket extends WebSocket {
  #answerLost = false;

  constructor(url: string) {
    super(url);
    this.addEventListener('message', (event) => {
      if (!this.#answerLost) return;
      event.stopImmediatePropagation();
      this.close();
    });
  }

  override send(message: Uint8Array<ArrayBuffer>): void {
    const breaks = wire.breaks > 0 && Buffer.from(message).includes('commit');
    if (breaks) wire.breaks -= 1;
    if (breaks && wire.lost === 'message') this.close();
    else super.send(message);
    this.#answerLost ||= breaks;
  }
}
