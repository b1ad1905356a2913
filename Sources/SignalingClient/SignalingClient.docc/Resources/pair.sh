# in a second terminal
swift run -c release nt-backend-wrtc pair

# in a third one, with the code that the second one shows
swift run -c release nt-backend-wrtc pair 2802
