/** Calls back when the tab comes to the front and when there is a network again. Returns how to stop. */
export function onWake(listener: () => void): () => void {
  const shown = () => {
    if (document.visibilityState === 'visible') listener();
  };
  window.addEventListener('online', listener);
  document.addEventListener('visibilitychange', shown);
  return () => {
    window.removeEventListener('online', listener);
    document.removeEventListener('visibilitychange', shown);
  };
}

export function isOffline(): boolean {
  return !navigator.onLine;
}
