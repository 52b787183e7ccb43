/** A page talks to the server that it came from. */
export const defaultServer: string = window.location.origin;

export const asksForServer = false;
