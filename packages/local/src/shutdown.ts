/** Undoes what was started, last first; a step that fails is logged and does not keep the others from running. */
export function createShutdown(log: (line: string) => void) {
  const steps: { name: string; stop: () => Promise<unknown> | unknown }[] = [];
  let running: Promise<void> | undefined;
  const runAll = async () => {
    for (const { name, stop } of steps.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        log(`stopping ${name} failed: ${String(error)}`);
      }
    }
  };
  return {
    /** Remembers how to stop what has just been started. */
    add(name: string, stop: () => Promise<unknown> | unknown): void {
      steps.push({ name, stop });
    },
    /** Runs once however often it is called. */
    run(): Promise<void> {
      running ??= runAll();
      return running;
    },
  };
}

export type Shutdown = ReturnType<typeof createShutdown>;
