# terminal 1
$ swift run hello
Code 2802
hello from side B

# terminal 2
$ swift run hello 2802
hello from side A
