/* Grows a mounted ext4 to the size of its device; `path` is in it. 0, or -1 with errno. */
#pragma once
int grow_filesystem(const char *path);
