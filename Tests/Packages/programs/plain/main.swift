// What a program is without the client.
print("hello")
