"""Section `alignment`: does it follow the video?"""
