/** A photo: a file on the device, or, in a browser, its bytes in memory (`uri` then shows them). */
export type PhotoFile = { uri: string; blob?: Blob };
