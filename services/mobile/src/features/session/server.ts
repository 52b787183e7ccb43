/** The server that a build was made for; a phone that was given none asks for the address. */
export const defaultServer: string = process.env.EXPO_PUBLIC_API_URL ?? '';

export const asksForServer = true;
