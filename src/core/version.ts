// Positions in a store, opaque to everyone but the store that made them.

/** How far a trajectory has been written. Compare for equality only. */
export type Version = string & { readonly brand: "Version" };

/** A position in the order of all records of a store. */
export type Cursor = string & { readonly brand: "Cursor" };

/** The version of a trajectory without records. */
export const emptyVersion = "0" as Version;
