/** What a palette entry carries while it is dragged: the node type. */
export const paletteDragType = "application/x-eddy-node";
