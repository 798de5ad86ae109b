/** Keys that ssh-keygen made for these tests, with what openssl and ssh-keygen say of them. They open nothing. */

export const RSA = {
  /** `openssl pkcs8 -in KEY -outform DER -topk8 -nocrypt`, in base64. */
  pkcs8:
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCfbAXD4C5tFKEmeVDCRs6uWlgT5ZPPUUAf1WZbz9hzBpFGjDkoa1OzWb/T0L" +
    "Z1t+A5Vzc8h8Tvh38ZaE8HdD6VD1VebAvyMHPpLw3UHjZoipZOf7sgIBZ6frjC7w/Di4pMWCcfa4YqnOOIr7/6BFs/iEGlyJqzQ15TUrFG8xsI" +
    "2PAvNLAali9wlqgs8gMPOfSvQvTFO0GJvgJVYe7cyiuhdvSDHl+ZwA95jJHe9j64SBiZ2qFrkmeP9TNuyk+LVb6hdGdorYgRscBKpx4BkRTrA1" +
    "eXJC8N1Ng/e4EZZ5Ru7uvImAij8tW/wx16aOUSRKCt89fxkAxM7HJDTimPiVE7AgMBAAECggEAOnifQLFntcBcPsU+FpNr2MzwAxQv+1j8oPBf" +
    "I4t/AulEvVBO4oFC6MQhNGoXkeOIDN/tNXlChOv4dPQqEDzVe0xtbj1IwGJ/EOaeNs+B+yPhbxcwJd8+/1ydHXobGQiEB+5JIyAHzHdQiOCVE/" +
    "knEo1CLrD99IPgA8WPmcsufjam30KKr9Jv2eXsn92N9vU8NWimKNb4aTwxWUzyFMTd4VxyC8aNCFT67jGlCLHsA48xs3XKUTr/tYXdIwRjZyO8" +
    "NggqAPD0Jn7glvTWUCJZOGga30wbChAOAYMC0elKk8HRoduoMRu9EWQLs1BcoSTbu0sKg4aDX9WYs64eaUtBAQKBgQDOdgblWIYT2xOLND5Bos" +
    "3IF4/JlTDkIuuYlGfA6b8+UKajDDaoriwI5xv1xOavhgveshEs+rHNOScoMGk4JMkbyPyVZaPZ3bnQpELzm6W9Gq10e4W+BEEdo7QW6uP1QVyj" +
    "j9CfWkB0yLeBumAnfuGVcQXPpKOO4I+OSHt8ADzIgQKBgQDFrJi13nn5hV5oJ2FbPVXvSGvDbYBuSm696t9IlrShvTVfw/FStpqP57XVfgu3vJ" +
    "GxEGbYuTMnUk3qFzkuMnfajzuiq578PkRZysdTw5TI4SNcAVWXHDmCjNuX7OLZ4bSajTjALNMgW/dD9NDsVeiRP5r+l5IyvXRDGtbqcV1buwKB" +
    "gQCzfpdWM1U11AQ0xPHPPIxthlaC6gr8fIOZPoTJii6zLYkCPe8TTYGJJ+v+CvaH6SFOtj8KfNWx1xt87EG+BvU1C9LUy+3cztDqXLS8eDhqpN" +
    "PibjWDUs2NyDIcrpALPI0ewjydHejl307zISbRj5TtyLpFoRx1bjRAfjGlR8uQgQKBgAqbqZJQ/yC53IggXOQllYAC1e2l6beBfRHqEdN2avkn" +
    "Cz85Z7D1pbPFTofHfN9+Wh8zbyGARtN8YjwGxQXKpY3wE9Y1+ZE10jszW6EOJOTm2Bvu4mX6mMd9wacUilQA/c0xePMvNKFO7iUSdUfJkHKDBF" +
    "FXVvwsGJolTZVFQipTAoGAfPmbbG8shsJ8DIOlsIqA32NGhTvalEMHuHQR0SSEIGK7RgfGLt5wPsCCKiVKaLI40+qwKzfZY3lEVX0wujv8Bp3Q" +
    "0bkU7Y8GEXlDx/gWn7J3gI0YJZ+ug/PFh7N5NKsMQtt+GLchyrnje55CIvZt1B4fZIz1Gm/fKY2ALzycMGM=",
  /** `ssh-keygen -m PEM`: PKCS#1, in base64. */
  pkcs1:
    "MIIEowIBAAKCAQEAn2wFw+AubRShJnlQwkbOrlpYE+WTz1FAH9VmW8/YcwaRRow5KGtTs1m/09C2dbfgOVc3PIfE74d/GWhPB3Q+lQ9VXmwL8j" +
    "Bz6S8N1B42aIqWTn+7ICAWen64wu8Pw4uKTFgnH2uGKpzjiK+/+gRbP4hBpcias0NeU1KxRvMbCNjwLzSwGpYvcJaoLPIDDzn0r0L0xTtBib4C" +
    "VWHu3MoroXb0gx5fmcAPeYyR3vY+uEgYmdqha5Jnj/UzbspPi1W+oXRnaK2IEbHASqceAZEU6wNXlyQvDdTYP3uBGWeUbu7ryJgIo/LVv8Mdem" +
    "jlEkSgrfPX8ZAMTOxyQ04pj4lROwIDAQABAoIBADp4n0CxZ7XAXD7FPhaTa9jM8AMUL/tY/KDwXyOLfwLpRL1QTuKBQujEITRqF5HjiAzf7TV5" +
    "QoTr+HT0KhA81XtMbW49SMBifxDmnjbPgfsj4W8XMCXfPv9cnR16GxkIhAfuSSMgB8x3UIjglRP5JxKNQi6w/fSD4APFj5nLLn42pt9Ciq/Sb9" +
    "nl7J/djfb1PDVopijW+Gk8MVlM8hTE3eFccgvGjQhU+u4xpQix7AOPMbN1ylE6/7WF3SMEY2cjvDYIKgDw9CZ+4Jb01lAiWThoGt9MGwoQDgGD" +
    "AtHpSpPB0aHbqDEbvRFkC7NQXKEk27tLCoOGg1/VmLOuHmlLQQECgYEAznYG5ViGE9sTizQ+QaLNyBePyZUw5CLrmJRnwOm/PlCmoww2qK4sCO" +
    "cb9cTmr4YL3rIRLPqxzTknKDBpOCTJG8j8lWWj2d250KRC85ulvRqtdHuFvgRBHaO0Furj9UFco4/Qn1pAdMi3gbpgJ37hlXEFz6SjjuCPjkh7" +
    "fAA8yIECgYEAxayYtd55+YVeaCdhWz1V70hrw22AbkpuverfSJa0ob01X8PxUraaj+e11X4Lt7yRsRBm2LkzJ1JN6hc5LjJ32o87oque/D5EWc" +
    "rHU8OUyOEjXAFVlxw5gozbl+zi2eG0mo04wCzTIFv3Q/TQ7FXokT+a/peSMr10QxrW6nFdW7sCgYEAs36XVjNVNdQENMTxzzyMbYZWguoK/HyD" +
    "mT6EyYousy2JAj3vE02BiSfr/gr2h+khTrY/CnzVsdcbfOxBvgb1NQvS1Mvt3M7Q6ly0vHg4aqTT4m41g1LNjcgyHK6QCzyNHsI8nR3o5d9O8y" +
    "Em0Y+U7ci6RaEcdW40QH4xpUfLkIECgYAKm6mSUP8gudyIIFzkJZWAAtXtpem3gX0R6hHTdmr5Jws/OWew9aWzxU6Hx3zfflofM28hgEbTfGI8" +
    "BsUFyqWN8BPWNfmRNdI7M1uhDiTk5tgb7uJl+pjHfcGnFIpUAP3NMXjzLzShTu4lEnVHyZBygwRRV1b8LBiaJU2VRUIqUwKBgHz5m2xvLIbCfA" +
    "yDpbCKgN9jRoU72pRDB7h0EdEkhCBiu0YHxi7ecD7AgiolSmiyONPqsCs32WN5RFV9MLo7/Aad0NG5FO2PBhF5Q8f4Fp+yd4CNGCWfroPzxYez" +
    "eTSrDELbfhi3Icq543ueQiL2bdQeH2SM9Rpv3ymNgC88nDBj",
  blob:
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQCfbAXD4C5tFKEmeVDCRs6uWlgT5ZPPUUAf1WZbz9hzBpFGjDkoa1OzWb/T0LZ1t+A5Vzc8h8Tvh38ZaE" +
    "8HdD6VD1VebAvyMHPpLw3UHjZoipZOf7sgIBZ6frjC7w/Di4pMWCcfa4YqnOOIr7/6BFs/iEGlyJqzQ15TUrFG8xsI2PAvNLAali9wlqgs8gMP" +
    "OfSvQvTFO0GJvgJVYe7cyiuhdvSDHl+ZwA95jJHe9j64SBiZ2qFrkmeP9TNuyk+LVb6hdGdorYgRscBKpx4BkRTrA1eXJC8N1Ng/e4EZZ5Ru7u" +
    "vImAij8tW/wx16aOUSRKCt89fxkAxM7HJDTimPiVE7",
  /** `openssl rsa -pubout -outform DER`, in base64. */
  spki:
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn2wFw+AubRShJnlQwkbOrlpYE+WTz1FAH9VmW8/YcwaRRow5KGtTs1m/09C2dbfgOV" +
    "c3PIfE74d/GWhPB3Q+lQ9VXmwL8jBz6S8N1B42aIqWTn+7ICAWen64wu8Pw4uKTFgnH2uGKpzjiK+/+gRbP4hBpcias0NeU1KxRvMbCNjwLzSw" +
    "GpYvcJaoLPIDDzn0r0L0xTtBib4CVWHu3MoroXb0gx5fmcAPeYyR3vY+uEgYmdqha5Jnj/UzbspPi1W+oXRnaK2IEbHASqceAZEU6wNXlyQvDd" +
    "TYP3uBGWeUbu7ryJgIo/LVv8MdemjlEkSgrfPX8ZAMTOxyQ04pj4lROwIDAQAB",
  /** `openssl pkcs8 -in KEY -outform DER -topk8 -nocrypt | openssl sha1 -c` */
  sha1: "77:57:d9:29:ca:3c:ee:b3:21:33:ee:0a:20:7b:e4:c4:ce:9f:4c:ee",
  /** `openssl rsa -in KEY -pubout -outform DER | openssl md5 -c` */
  md5: "5f:f2:4c:01:73:fa:aa:5f:fa:b8:b3:c8:6d:44:af:df",
};

export const ED25519 = {
  blob: "AAAAC3NzaC1lZDI1NTE5AAAAIACm+uNj8x/PecB16V8E+BzKPzWmzu1kOASV29UDgrX7",
  spki: "MCowBQYDK2VwAyEAAKb642PzH895wHXpXwT4HMo/NabO7WQ4BJXb1QOCtfs=",
  /** `ssh-keygen -l` */
  sha256: "ZBhzdk5L1sceYJbWmjHQzKMmP2ewmet+fq89rThM63g",
};

export const ECDSA =
  "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCKxsO9h7i6WYxAInCmBop65sRHvzbqvtf6vQ3C/ox8z2pDfA/HdPQO22cD/G6rUUkN6103J4lYCNsxDhoAnvSE=";
export const DSA =
  "ssh-dss AAAAB3NzaC1kc3MAAACBAKGkxVoRPl+2oZtJ4PGt72RiVgEO+J2AQ6SjWBhQoYDFRPzv1G3m9z1zo6ydjU4UOEwvvMHQO3pr1Al+lt" +
  "u+NHyYHjVL0svfYKkuaFftLwUoawWAjgBTrBsfP1DxrOfN5RmP2yd0uu7lhuBwDs85OG5/e9Cny13ddel+o3vBy56FAAAAFQCqaABQel3fgDfx" +
  "YQGIWG3vYZZM/wAAAIBz01+dGqH/HcluI2Vnv8IZmhrky8WWZfkSzAYWrukMkyexL6DRE5+W1rNsFH0S+EuZ8UwUAxD1B/K73uOIfNmJDu2rX7" +
  "TCUvLs+WWJFlvUEhISU7rI3dlqZUBBY0U0kVuMpKf2vtm2XECkwpO2+14z1/1rpn6cpaBy39YoS1wnLgAAAIAywe9qPL4K5mSXzwEpfs5ZgIic" +
  "8FCliZ+X5SOwDGi4CrnZ29dLF5JBUsCoTHoWaJtT/l+6I6fgfYWsZ9iEI3cbZF1dbhE4d16dn8Y5qLTgqonSE5EHAgA/SLtbqTi6VtteFSX3qo" +
  "SFJfGt9hABdG6Dgy1PLceJZsHCJH4L/NMO0w==";
