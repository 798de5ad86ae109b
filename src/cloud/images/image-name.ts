/** EC2 API, `CreateImage`: parameter Name. */
export const IMAGE_NAME = /^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/;
